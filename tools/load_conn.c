/*
 * load_conn.c - connections, and what becomes of a request
 *
 * States.  A connection is DOWN (no socket), IDLE (connected, nothing asked),
 * BUSY (a request is partly or wholly sent) or CLOSING (answered, and the
 * server is to close it).  BUSY and CLOSING ones are in one list in the order
 * in which they got there, so its head is the first to time out.  DOWN and
 * IDLE ones wait in another, first in, first out, unless they go on at once.
 *
 * With --close a request that opens a connection has a latency that starts
 * before connect().  A slot is used again only when both sides have closed,
 * and the server closes first, so it is the server's end that is left in
 * TIME_WAIT, which holds no local port: a new connection from the same port is
 * let in by its later timestamp.  420,000 connections from one address at
 * 21,000 a second had not one error and no answer later than 12 ms.  (To come
 * from 50 addresses was no faster, but filled the kernel's TIME_WAIT table,
 * which slowed down all that came after it.)  An echo server closes only when
 * we have shut down our side, so there it is our end that waits, and the
 * connections come from several loopback addresses in turn.
 *
 * Events are edge triggered and EPOLLOUT is asked for only while something is
 * unsent.  A request is sent right after connect(), which on loopback has
 * often succeeded by then, and an answer that comes with the end of the stream
 * needs no second read: EPOLLRDHUP tells.
 *
 * Datagrams.  The answer to a request that was given up may come late, and any
 * answer twice.  Each request of a slot has bytes of its own, so both are known
 * for what they are: what was late is passed over, what came twice is an error,
 * and the request that is under way waits on.
 */
#include "load_conn.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#ifndef IP_BIND_ADDRESS_NO_PORT
#define IP_BIND_ADDRESS_NO_PORT 24
#endif

#define INPUT		65536
#define REMEMBERED	64	/* requests, to know late answers by */
#define WATCH		(EPOLLIN | EPOLLRDHUP | EPOLLET)
#define GONE		(EPOLLRDHUP | EPOLLHUP)

static char input[INPUT];

/*
 * Sockets
 */

/* Come from the next of the loopback addresses. */
static void choose_source(int fd)
{
	static unsigned int turn;
	struct sockaddr_in at = {
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK +
					 turn++ % run.opt->sources),
	};
	int one = 1;

	setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &one, sizeof(one));
	bind(fd, (struct sockaddr *)&at, sizeof(at));
}

/* What ring-load itself has run out of is no fault of the server. */
static void check_resources(void)
{
	if (errno == EMFILE || errno == ENFILE || errno == ENOMEM ||
	    errno == ENOBUFS)
		stop(LOAD_BROKEN, "cannot make a socket: %s", strerror(errno));
	if (errno == EADDRNOTAVAIL)
		stop(LOAD_BROKEN, "out of local ports; see --sources");
}

static void limit_waits(int fd, double seconds)
{
	struct timeval limit = {
		.tv_sec = (time_t)seconds,
		.tv_usec = (suseconds_t)(seconds * 1e6) % 1000000,
	};

	if (!limit.tv_sec && !limit.tv_usec)
		limit.tv_usec = 1;
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
}

int load_connect(const struct options *o, bool nonblocking)
{
	int type = o->proto == PROTO_UDP ? SOCK_DGRAM : SOCK_STREAM, one = 1;
	int flags = SOCK_CLOEXEC | (nonblocking ? SOCK_NONBLOCK : 0);
	int err, fd = socket(o->addr.ss_family, type | flags, 0);

	if (fd < 0)
		return -1;
	if (type == SOCK_STREAM)
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	if (!nonblocking)
		limit_waits(fd, o->timeout);
	if (nonblocking && o->sources > 1)
		choose_source(fd);
	if (!connect(fd, (const struct sockaddr *)&o->addr, o->addr_len) ||
	    errno == EINPROGRESS)
		return fd;
	err = errno;
	close(fd);
	errno = err;
	return -1;
}

/* Watch for input, and for room for output if @out; @op as for epoll_ctl. */
static void watch(struct conn *c, int op, bool out)
{
	struct epoll_event ev = {
		.events = WATCH | (out ? EPOLLOUT : 0), .data.ptr = c,
	};

	if (epoll_ctl(run.epoll, op, c->fd, &ev))
		stop(LOAD_BROKEN, "epoll_ctl: %s", strerror(errno));
	c->out = out;
}

/*
 * States
 */

static void leave_state(struct conn *c)
{
	TAILQ_REMOVE(c->state >= BUSY ? &run.timed : &run.idle, c, link);
	run.busy -= c->state == BUSY;
}

void conn_enter(struct conn *c, enum state state)
{
	c->state = state;
	c->since = run.now;
	TAILQ_INSERT_TAIL(state >= BUSY ? &run.timed : &run.idle, c, link);
	run.busy += state == BUSY;
}

void conn_move(struct conn *c, enum state state)
{
	leave_state(c);
	conn_enter(c, state);
}

/* Close the socket; the connection waits to be opened again. */
static void shut(struct conn *c)
{
	if (c->fd >= 0)
		close(c->fd);
	c->fd = -1;
	c->served = 0;
	c->late = 0;
	c->up = c->out = false;
	conn_move(c, DOWN);
}

static void fail(struct conn *c, enum fault fault)
{
	run.res->faults[fault]++;
	proto_reset(&c->answer);
	if (fault != FAULT_CONNECT)
		run.failed_in_a_row = 0;
	else if (++run.failed_in_a_row > 100 + 3 * run.opt->conns)
		run.res->gave_up = run.stopping = true;
	if (fault == FAULT_TIMEOUT && run.opt->proto == PROTO_UDP) {
		c->late++;
		conn_move(c, IDLE);
	} else {
		shut(c);
	}
}

static enum fault fault_of(const struct conn *c, int err)
{
	if (!c->up || err == ECONNREFUSED) {
		run.res->why = err;
		return FAULT_CONNECT;
	}
	return err == ETIMEDOUT ? FAULT_TIMEOUT : FAULT_RESET;
}

/*
 * Requests
 */

/* Is the request that is made now the last on its connection? */
static bool is_last(const struct conn *c)
{
	return run.opt->life && c->served + 1 >= run.opt->life;
}

/* Is there a request to be made now?  Since when, if so. */
static bool wanted(uint64_t *since)
{
	*since = run.now;
	if (run.stopping)
		return false;
	if (run.opt->rate > 0) {
		*since = run_due(run.due);
		if (*since > run.now || *since >= run.until)
			return false;
		run.due++;
	}
	run.begun += *since >= run.from;
	if (run.opt->requests && run.begun >= run.opt->requests)
		run.stopping = true;
	return true;
}

static void push(struct conn *c)
{
	size_t len;
	const char *data = proto_request(c->seq, is_last(c), &len);
	ssize_t n;

	if (c->sent == len)
		return;
	n = send(c->fd, data + c->sent, len - c->sent, MSG_NOSIGNAL);
	if (n < 0 && errno != EAGAIN) {
		fail(c, fault_of(c, errno));
		return;
	}
	if (n >= 0) {
		c->up = true;
		c->sent += (size_t)n;
	}
	if (c->sent < len && !c->out)
		watch(c, EPOLL_CTL_MOD, true);
}

/* Connect and send in one go; only then is epoll told. */
static void open_and_push(struct conn *c)
{
	size_t len;
	const char *data = proto_request(c->seq, is_last(c), &len);
	ssize_t n;

	c->fd = load_connect(run.opt, true);
	if (c->fd < 0) {
		check_resources();
		fail(c, fault_of(c, errno));
		return;
	}
	n = send(c->fd, data, len, MSG_NOSIGNAL);
	if (n < 0 && errno != EAGAIN) {
		fail(c, fault_of(c, errno));
		return;
	}
	c->up = n >= 0;
	c->sent = n > 0 ? (size_t)n : 0;
	watch(c, EPOLL_CTL_ADD, c->sent < len);
}

void conn_begin(struct conn *c, uint64_t start)
{
	conn_move(c, BUSY);
	c->start = start;
	c->seq++;
	c->sent = 0;
	if (c->fd < 0)
		open_and_push(c);
	else
		push(c);
}

void conn_dispatch(void)
{
	struct conn *c;
	uint64_t start;

	while ((c = TAILQ_FIRST(&run.idle)) && wanted(&start))
		conn_begin(c, start);
}

/*
 * Answers
 */

static bool counts(const struct conn *c)
{
	if (run.opt->requests)
		return c->start >= run.from;
	return run.now >= run.from && run.now < run.until;
}

static void record(const struct conn *c)
{
	if (c->start >= run.from)
		hist_add(&run.res->latency, run.now - c->start, 1);
	if (!counts(c))
		return;
	run.res->answers++;
	run.res->bytes += c->answer.got;
}

/* The answer is whole and right; @gone if the server has closed too. */
static void answered(struct conn *c, bool gone)
{
	bool closes = is_last(c) || c->answer.closes || gone;

	run_tick();
	record(c);
	c->served++;
	proto_reset(&c->answer);
	run.failed_in_a_row = 0;
	if (closes && !gone && run.opt->proto != PROTO_UDP) {
		if (run.opt->proto == PROTO_ECHO)
			shutdown(c->fd, SHUT_WR);
		conn_move(c, CLOSING);
		return;
	}
	if (closes)
		shut(c);
	else
		conn_move(c, IDLE);
	conn_dispatch();
}

static void lost(struct conn *c, int err)
{
	if (c->state == BUSY)
		fail(c, fault_of(c, err));
	else
		shut(c);
}

/* The stream has ended. */
static void ended(struct conn *c)
{
	if (c->state == BUSY && proto_end(&c->answer) == RIGHT) {
		answered(c, true);
	} else if (c->state == BUSY) {
		fail(c, FAULT_CLOSED);
	} else {
		run_tick();
		shut(c);
		conn_dispatch();
	}
}

/* Is the datagram of @len bytes an answer to an earlier request? */
static bool is_stray(const struct conn *c, size_t len)
{
	for (uint32_t k = c->state == BUSY; k < REMEMBERED && k < c->seq; k++)
		if (proto_is_echo(c->seq - k, input, len))
			return true;
	return false;
}

/* One that was given up has come late, or one came twice. */
static void pass_over(struct conn *c)
{
	proto_reset(&c->answer);
	if (c->late)
		c->late--;
	else
		run.res->faults[FAULT_UNASKED]++;
}

/* Judge @len bytes of input; true if there may be more behind them. */
static bool judge(struct conn *c, size_t len, bool gone)
{
	static const enum fault faults[] = {
		[BAD_STATUS] = FAULT_STATUS,
		[BAD_LENGTH] = FAULT_LENGTH,
		[BAD_BODY] = FAULT_BODY,
		[UNASKED] = FAULT_UNASKED,
	};
	bool datagram = run.opt->proto == PROTO_UDP;
	enum verdict v = UNASKED;

	if (c->state == BUSY)
		v = proto_feed(&c->answer, c->seq, input, len);
	if (v == MORE && datagram)
		v = BAD_LENGTH;
	if (v == RIGHT) {
		answered(c, gone);
	} else if (v != MORE && datagram && is_stray(c, len)) {
		pass_over(c);
		return true;
	} else if (v != MORE) {
		fail(c, faults[v]);
	}
	/* go on only with what is not a new request */
	return (gone || len == INPUT) &&
	       (c->state == CLOSING || c->answer.got);
}

static void pull(struct conn *c, bool gone)
{
	int fd = c->fd;
	bool more;
	ssize_t n;

	do {
		more = false;
		n = recv(fd, input, sizeof(input), 0);
		if (n < 0 && errno == EAGAIN)
			return;
		if (n < 0)
			lost(c, errno);
		else if (!n && run.opt->proto != PROTO_UDP)
			ended(c);
		else
			more = judge(c, (size_t)n, gone && n < INPUT);
	} while (more && c->fd == fd);
}

void conn_event(struct conn *c, uint32_t events)
{
	if (c->fd < 0)
		return;
	if ((events & EPOLLOUT) && !(events & EPOLLERR)) {
		c->up = true;
		if (c->state == BUSY)
			push(c);
	}
	if (c->fd >= 0 && (events & (EPOLLIN | EPOLLERR | GONE)))
		pull(c, events & (EPOLLERR | GONE));
}

void conn_expire(void)
{
	struct conn *c;

	while ((c = TAILQ_FIRST(&run.timed)) &&
	       run.now - c->since > run.timeout)
		fail(c, c->up ? FAULT_TIMEOUT : fault_of(c, ETIMEDOUT));
}
