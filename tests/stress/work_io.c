/*
 * work_io.c - rounds of the stress program that move bytes between threads
 */
#include "stress.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <sys/un.h>

static struct flow flow_of(struct slot *s, uint64_t key)
{
	return (struct flow){ &board->tally[s->nr], key, 0 };
}

/* --- stream: one thread writes, the slot's reads ------------------------------ */

struct sender {
	struct flow flow;
	struct rng rng;
	enum medium medium;
	int fd;
	size_t len;
};

static void *sender(void *arg)
{
	struct sender *w = arg;

	flow_send(&w->flow, w->fd, w->medium, w->len, &w->rng);
	if (w->medium != PIPE && below(&w->rng, 2)) {
		OK(shutdown(w->fd, SHUT_WR));
		/* until the other side has seen all and closes */
		flow_end(&w->flow, w->fd, &w->rng);
	}
	OK(close(w->fd));
	return NULL;
}

/* Go on with the same stream under another number. */
static int renumber(int fd, struct rng *r)
{
	int other;

	switch (below(r, 3)) {
	case 0:
		other = OK(fcntl(fd, F_DUPFD_CLOEXEC, 0));
		break;
	case 1:
		other = OK(fcntl(fd, F_DUPFD_CLOEXEC, 300));
		break;
	default:
		other = OK(open("/dev/null", O_RDONLY | O_CLOEXEC));
		OK(dup3(fd, other, O_CLOEXEC));
	}
	OK(close(fd));
	return other;
}

static void stream(struct slot *s)
{
	enum medium m = below(&s->rng, MEDIA);
	uint64_t key = rnd(&s->rng);
	size_t len = 1 + below(&s->rng, 60000), half;
	struct flow in = flow_of(s, key);
	struct sender w;
	struct task t;
	int fd[2];

	open_pair(m, fd);
	w = (struct sender){ in, fork_rng(&s->rng), m, fd[1], len };
	task_start(&t, s, sender, &w);
	half = below(&s->rng, (uint32_t)len);
	flow_recv(&in, fd[0], m, half, &s->rng);
	if (below(&s->rng, 2))
		fd[0] = renumber(fd[0], &s->rng);
	flow_recv(&in, fd[0], m, len - half, &s->rng);
	if (m != PIPE && below(&s->rng, 2))
		OK(shutdown(fd[0], SHUT_WR));
	else if (m != PIPE)
		OK(shutdown(fd[0], SHUT_RDWR));
	task_join(&t);
	OK(close(fd[0]));
}

/* --- server: a thread a connection, and clients that come at once -------------- */

#define CLIENTS 12

struct request {
	uint64_t key;
	uint32_t len;
	uint32_t pad;
};

struct server {
	struct slot *slot;
	enum medium medium;
	int listener;
	struct task serving[CLIENTS];
	int fd[CLIENTS];
	_Atomic int taken;
	pthread_mutex_t lock;
	pthread_cond_t gone;
	int left;
};

static void *serve(void *arg)
{
	struct server *v = arg;
	int fd = v->fd[v->taken++];
	struct flow out = flow_of(v->slot, 0);
	struct request q;
	struct rng r;

	while (OK(recv(fd, &q, sizeof(q), MSG_WAITALL)) == sizeof(q)) {
		out.key = q.key;
		out.at = 0;
		r = (struct rng){ q.key };
		flow_send(&out, fd, v->medium, q.len, &r);
	}
	OK(close(fd));
	OK0(pthread_mutex_lock(&v->lock));
	if (--v->left == 0)
		OK0(pthread_cond_signal(&v->gone));
	OK0(pthread_mutex_unlock(&v->lock));
	return NULL;
}

static void *accepting(void *arg)
{
	struct server *v = arg;

	for (int i = 0; i < CLIENTS; i++) {
		v->fd[i] = OK(accept4(v->listener, NULL, NULL, SOCK_CLOEXEC));
		task_start_detached(&v->serving[i], v->slot, serve, v);
	}
	return NULL;
}

struct client {
	struct server *server;
	struct rng rng;
};

static void *client(void *arg)
{
	struct client *c = arg;
	struct server *v = c->server;
	int fd = connect_to(v->medium, v->listener);
	/* how often this one is asked depends on how the bytes come */
	struct rng pieces = fork_rng(&c->rng);

	for (uint32_t n = 1 + below(&c->rng, 4); n; n--) {
		struct request q = { rnd(&c->rng), 1 + below(&c->rng, 3000),
				     0 };
		struct flow in = flow_of(v->slot, q.key);

		CHECK(OK(send(fd, &q, sizeof(q), 0)) == sizeof(q));
		flow_recv(&in, fd, v->medium, q.len, &pieces);
	}
	OK(close(fd));
	return NULL;
}

static void server(struct slot *s)
{
	enum medium m = below(&s->rng, 2) ? UNIX : TCP;
	struct server v = { .slot = s,
			    .medium = m,
			    .left = CLIENTS,
			    .lock = PTHREAD_MUTEX_INITIALIZER,
			    .gone = PTHREAD_COND_INITIALIZER };
	struct client c[CLIENTS];
	struct task acceptor, t[CLIENTS];

	v.listener = open_listener(m);
	task_start(&acceptor, s, accepting, &v);
	for (int i = 0; i < CLIENTS; i++) {
		c[i] = (struct client){ &v, fork_rng(&s->rng) };
		task_start(&t[i], s, client, &c[i]);
	}
	for (int i = 0; i < CLIENTS; i++)
		task_join(&t[i]);
	task_join(&acceptor);
	OK0(pthread_mutex_lock(&v.lock));
	while (v.left)
		OK0(pthread_cond_wait(&v.gone, &v.lock));
	OK0(pthread_mutex_unlock(&v.lock));
	OK0(pthread_cond_destroy(&v.gone));
	OK0(pthread_mutex_destroy(&v.lock));
	OK(close(v.listener));
}

/* --- token: a ring of threads hands a few bytes round --------------------------- */

#define RING 8
#define LAPS 12

struct station {
	struct slot *slot;
	int in, out;
	uint64_t key;
};

static void *station(void *arg)
{
	struct station *p = arg;
	struct flow in = flow_of(p->slot, p->key), out = in;
	char token[24];

	for (int i = 0; i < LAPS; i++) {
		CHECK(OK(read(p->in, token, sizeof(token))) == sizeof(token));
		flow_received(&in, token, sizeof(token));
		CHECK(OK(write(p->out, token, sizeof(token))) == sizeof(token));
		flow_sent(&out, token, sizeof(token));
	}
	return NULL;
}

static void token(struct slot *s)
{
	uint64_t key = rnd(&s->rng);
	struct flow out = flow_of(s, key), in = out;
	enum medium m = below(&s->rng, 2) ? PIPE : SOCKETPAIR;
	struct station p[RING];
	struct task t[RING];
	int fd[RING + 1][2];
	char bytes[24];

	for (int i = 0; i <= RING; i++)
		open_pair(m, fd[i]);
	for (int i = 0; i < RING; i++) {
		p[i] = (struct station){ s, fd[i][0], fd[i + 1][1], key };
		task_start(&t[i], s, station, &p[i]);
	}
	for (int i = 0; i < LAPS; i++) {
		flow_fill(&out, bytes, sizeof(bytes));
		CHECK(OK(write(fd[0][1], bytes, sizeof(bytes))) ==
		      sizeof(bytes));
		flow_sent(&out, bytes, sizeof(bytes));
		CHECK(OK(read(fd[RING][0], bytes, sizeof(bytes))) ==
		      sizeof(bytes));
		flow_received(&in, bytes, sizeof(bytes));
	}
	for (int i = 0; i < RING; i++)
		task_join(&t[i]);
	for (int i = 0; i <= RING; i++) {
		OK(close(fd[i][0]));
		OK(close(fd[i][1]));
	}
}

/* --- dgram: questions and answers in datagrams ----------------------------------- */

struct answerer {
	struct slot *slot;
	int fd, n;
	uint64_t key;
};

static void *answerer(void *arg)
{
	struct answerer *a = arg;
	struct flow f = flow_of(a->slot, a->key);
	char buf[2000];

	for (int i = 0; i < a->n; i++) {
		struct sockaddr_storage from;
		socklen_t len = sizeof(from);
		ssize_t n = OK(recvfrom(a->fd, buf, sizeof(buf), 0,
					(struct sockaddr *)&from, &len));

		f.at = 0;
		flow_received(&f, buf, (size_t)n);
		f.at = 0;
		CHECK(OK(sendto(a->fd, buf, (size_t)n, 0,
				(struct sockaddr *)&from, len)) == n);
		flow_sent(&f, buf, (size_t)n);
	}
	return NULL;
}

static int dgram_socket(bool udp)
{
	struct sockaddr_in in = { .sin_family = AF_INET,
				  .sin_addr = { htonl(INADDR_LOOPBACK) } };
	struct sockaddr un = { .sa_family = AF_UNIX };
	int fd = OK(
		socket(udp ? AF_INET : AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));

	if (udp)
		OK(bind(fd, (struct sockaddr *)&in, sizeof(in)));
	else
		OK(bind(fd, &un, sizeof(sa_family_t)));
	return fd;
}

static void dgram(struct slot *s)
{
	bool udp = below(&s->rng, 2);
	struct answerer a = { s, dgram_socket(udp), 20, rnd(&s->rng) };
	struct flow f = flow_of(s, a.key);
	struct sockaddr_storage to;
	socklen_t len = sizeof(to);
	int fd = dgram_socket(udp);
	char buf[2000];
	struct task t;

	OK(getsockname(a.fd, (struct sockaddr *)&to, &len));
	OK(connect(fd, (struct sockaddr *)&to, len));
	task_start(&t, s, answerer, &a);
	for (int i = 0; i < a.n; i++) {
		size_t n = 1 + below(&s->rng, 1400);

		f.at = 0;
		flow_fill(&f, buf, n);
		CHECK(OK(send(fd, buf, n, 0)) == (ssize_t)n);
		flow_sent(&f, buf, n);
		f.at = 0;
		CHECK(OK(recv(fd, buf, sizeof(buf), 0)) == (ssize_t)n);
		flow_received(&f, buf, n);
	}
	task_join(&t);
	OK(close(fd));
	OK(close(a.fd));
}

/* --- events: counters and timers that are descriptors ---------------------------- */

struct counter {
	int fd;
	uint32_t n;
	struct rng rng;
};

static void *counting(void *arg)
{
	struct counter *c = arg;
	uint64_t one = 1;

	for (uint32_t i = 0; i < c->n; i++) {
		OK(write(c->fd, &one, sizeof(one)));
		if (below(&c->rng, 8) == 0)
			nap(100000);
	}
	return NULL;
}

static void timer_event(struct slot *s)
{
	int fd = OK(timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC));
	struct itimerspec when = { { 0 }, { 0, 1 + below(&s->rng, 3000000) } };
	int64_t end = now(CLOCK_MONOTONIC) + when.it_value.tv_nsec;
	uint64_t n;

	OK(timerfd_settime(fd, 0, &when, NULL));
	CHECK(OK(read(fd, &n, sizeof(n))) == sizeof(n));
	CHECK(n == 1 && now(CLOCK_MONOTONIC) >= end);
	OK(close(fd));
}

static void await_epoll(int fd)
{
	int ep = OK(epoll_create1(EPOLL_CLOEXEC));
	struct epoll_event e = { .events = EPOLLIN, .data.fd = fd };
	int n;

	OK(epoll_ctl(ep, EPOLL_CTL_ADD, fd, &e));
	HERE("epoll_wait");
	while ((n = epoll_wait(ep, &e, 1, -1)) < 0)
		CHECK(errno == EINTR);
	CHECK(n == 1 && e.data.fd == fd);
	OK(close(ep));
}

static void events(struct slot *s)
{
	bool one = below(&s->rng, 2);
	int fd = OK(eventfd(0, EFD_CLOEXEC | (one ? EFD_SEMAPHORE : 0)));
	struct counter c = { fd, 1 + below(&s->rng, 60), fork_rng(&s->rng) };
	uint64_t sum = 0, n;
	struct task t;

	task_start(&t, s, counting, &c);
	while (sum < c.n) {
		if (below(&s->rng, 4) == 0)
			await_epoll(fd);
		CHECK(OK(read(fd, &n, sizeof(n))) == sizeof(n));
		CHECK(one ? n == 1 : n > 0);
		sum += n;
	}
	CHECK(sum == c.n);
	task_join(&t);
	OK(close(fd));
	timer_event(s);
}

const struct kind kinds_io[] = {
	{ "stream", stream }, { "server", server }, { "token", token },
	{ "dgram", dgram },   { "events", events }, { NULL, NULL },
};
