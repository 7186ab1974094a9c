/*
 * loop_epoll.c - the HTTP work of http_threads as a hand-written epoll loop
 *
 * One of the two baselines that the shim is compared with: what a good
 * engineer gets by rewriting the server around readiness.  One thread, every
 * descriptor nonblocking, edge triggered and registered once; a receive goes
 * to one shared buffer and only an unfinished request is copied aside; the
 * answer is sent at once and only what does not fit waits for EPOLLOUT.
 *
 * Edge triggering and the short read.  A receive that returns less than was
 * asked for has emptied the socket, so no second one is made to see EAGAIN
 * (epoll(7), question 9).  The one thing that would be missed is an end of
 * stream that arrived together with the data; EPOLLRDHUP tells, and then the
 * socket is read to its end.
 *
 * A new connection is read before it is registered: its request is often
 * there already, and with --close it is then answered and closed without
 * epoll ever knowing.
 *
 * A connection is known by its descriptor, which indexes one array.
 *
 * With --udp it does the work of udp_echo instead.
 */
#include "../programs/plain.h"
#include "loop_udp.h"

#include <fcntl.h>
#include <sys/epoll.h>

#define EVENTS	128
#define FDS	65536

#define WATCH	(EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET)
#define ENDED	(EPOLLRDHUP | EPOLLHUP | EPOLLERR)

struct conn {
	char *held;			/* an unfinished request, or NULL */
	size_t len;			/* bytes held */
	const struct answer *sending;	/* unfinished answer, or NULL */
	size_t sent;			/* bytes of it that are out */
};

static struct server server;
static struct conn conns[FDS];
static char input[PLAIN_REQUEST];
static int epoll;

static void drop(int fd)
{
	struct conn *c = &conns[fd];

	free(c->held);
	*c = (struct conn){ 0 };
	close(fd);
}

/* Keep @len bytes for later: 0, or -1 if the request is too large. */
static int hold(struct conn *c, const char *data, size_t len)
{
	if (c->len + len > PLAIN_REQUEST)
		return -1;
	if (!c->held)
		c->held = malloc(PLAIN_REQUEST);
	if (!c->held)
		die("malloc");
	memmove(c->held + c->len, data, len);
	c->len += len;
	return 0;
}

/* Send what is left of the answer: 0 if all or some is out, -1 at the end. */
static int push(int fd, struct conn *c)
{
	const struct answer *a = c->sending;
	ssize_t n;

	n = send(fd, a->data + c->sent, a->len - c->sent, MSG_NOSIGNAL);
	if (n < 0)
		return errno == EAGAIN ? 0 : -1;
	c->sent += (size_t)n;
	if (c->sent < a->len)
		return 0;
	c->sending = NULL;
	return a == &server.last ? -1 : 0;
}

/*
 * Answer the requests in @data one by one while the socket takes the answers,
 * and hold what is left.  -1 if the connection is done with.
 */
static int answer(int fd, struct conn *c, const char *data, size_t len)
{
	size_t end;

	while (len && !c->sending && (end = request_end(data, len))) {
		c->sending = answer_to(&server, data, end);
		c->sent = 0;
		if (push(fd, c))
			return -1;
		data += end;
		len -= end;
	}
	return len ? hold(c, data, len) : 0;
}

/* The same for what was held, which stays where it is. */
static int answer_held(int fd, struct conn *c)
{
	size_t len = c->len;

	c->len = 0;
	return answer(fd, c, c->held, len);
}

static int take(int fd, struct conn *c, size_t len)
{
	if (!c->len)
		return answer(fd, c, input, len);
	if (hold(c, input, len))
		return -1;
	return answer_held(fd, c);
}

/*
 * Read until the socket is empty, or an answer does not fit: what is then
 * still to be read waits in the kernel.  -1 if the connection is done with.
 */
static int drain(int fd, struct conn *c, bool ended)
{
	ssize_t n;

	do {
		n = recv(fd, input, sizeof(input), 0);
		if (n < 0)
			return errno == EAGAIN ? 0 : -1;
		if (!n || take(fd, c, (size_t)n))
			return -1;
	} while (!c->sending && (ended || n == sizeof(input)));
	return 0;
}

static void greet(int fd)
{
	struct epoll_event ev = { .events = WATCH, .data.fd = fd };

	if (fd >= FDS || drain(fd, &conns[fd], false) ||
	    epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &ev))
		drop(fd);
}

/* Accept all there is; level triggered, so an error is met again later. */
static void accept_all(int from)
{
	int fd;

	while ((fd = accept4(from, NULL, NULL, SOCK_NONBLOCK)) >= 0)
		greet(fd);
}

/* Finish the answer, then what came meanwhile: -1 at the end. */
static int resume(int fd, struct conn *c)
{
	if (push(fd, c))
		return -1;
	if (!c->sending && c->len && answer_held(fd, c))
		return -1;
	return c->sending ? 0 : drain(fd, c, true);
}

static void ready(int fd, uint32_t events)
{
	struct conn *c = &conns[fd];
	int err = 0;

	if (!c->sending)
		err = drain(fd, c, events & ENDED);
	else if (events & EPOLLOUT)
		err = resume(fd, c);
	if (err)
		drop(fd);
}

static int tcp_socket(void)
{
	int fd = listening_on(server.port);

	no_delay(fd);		/* which accepted sockets inherit */
	fcntl(fd, F_SETFL, O_NONBLOCK);
	return fd;
}

static int udp_socket(void)
{
	int fd = bound_to(server.port, SOCK_DGRAM);

	say_port(fd);
	return fd;
}

static int watched(int fd)
{
	struct epoll_event ev = { .events = EPOLLIN, .data.fd = fd };

	if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &ev))
		die("epoll_ctl");
	return fd;
}

int main(int argc, char **argv)
{
	static struct epoll_event events[EVENTS];
	int from, n;

	loop_options(&server, argc, argv);
	plain_signals();
	plain_descriptors();
	epoll = epoll_create1(EPOLL_CLOEXEC);
	if (epoll < 0)
		die("epoll_create1");
	from = watched(server.udp ? udp_socket() : tcp_socket());
	for (;;) {
		n = epoll_wait(epoll, events, EVENTS, -1);
		for (int i = 0; i < n; i++) {
			if (events[i].data.fd != from)
				ready(events[i].data.fd, events[i].events);
			else if (server.udp)
				udp_echo_all(from);
			else
				accept_all(from);
		}
	}
}
