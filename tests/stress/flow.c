/*
 * flow.c - streams of bytes that are known beforehand, through many calls
 *
 * Byte number i of a stream is part of a hash of its key and i / 8, so either
 * end knows what there must be, whatever pieces it comes in.  Both ends also
 * add up what they saw; the sums are compared when the run is over.
 *
 * Nothing here starts again after EINTR where a handler with SA_RESTART must
 * not end the call: that is part of what is tested.
 */
#include "stress.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/un.h>

#define PIECE 4096

static uint64_t mix(uint64_t z)
{
	z += UINT64_C(0x9e3779b97f4a7c15);
	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

uint64_t rnd(struct rng *r)
{
	r->s += UINT64_C(0x9e3779b97f4a7c15);
	return mix(r->s);
}

uint32_t below(struct rng *r, uint32_t n)
{
	return (uint32_t)((rnd(r) >> 32) * n >> 32);
}

struct rng fork_rng(struct rng *r)
{
	return (struct rng){ rnd(r) };
}

static uint8_t byte_at(const struct flow *f, uint64_t at)
{
	return (uint8_t)(mix(f->key ^ at / 8) >> 8 * (at % 8));
}

void flow_fill(struct flow *f, void *buf, size_t len)
{
	uint8_t *p = buf;

	for (size_t i = 0; i < len; i++)
		p[i] = byte_at(f, f->at + i);
}

static uint64_t weigh(const struct flow *f, const uint8_t *p, size_t len)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < len; i++)
		sum += (p[i] + UINT64_C(1)) * (2 * (f->at + i) + 1);
	return sum;
}

void flow_sent(struct flow *f, const void *buf, size_t len)
{
	f->tally->sent_sum += weigh(f, buf, len);
	f->tally->sent += len;
	f->at += len;
}

void flow_received(struct flow *f, const void *buf, size_t len)
{
	const uint8_t *p = buf;

	for (size_t i = 0; i < len; i++) {
		if (p[i] != byte_at(f, f->at + i))
			FAIL("byte %llu of stream %llx is %02x, not %02x",
			     (unsigned long long)(f->at + i),
			     (unsigned long long)f->key, p[i],
			     byte_at(f, f->at + i));
	}
	f->tally->received_sum += weigh(f, p, len);
	f->tally->received += len;
	f->at += len;
}

/* --- sending --------------------------------------------------------------- */

static ssize_t send_parts(int fd, uint8_t *p, size_t n, size_t cut, bool msg)
{
	struct iovec v[2] = { { p, cut }, { p + cut, n - cut } };
	struct msghdr m = { .msg_iov = v, .msg_iovlen = 2 };

	return msg ? OK(sendmsg(fd, &m, MSG_NOSIGNAL)) : OK(writev(fd, v, 2));
}

static void await(int fd, short events)
{
	struct pollfd p = { .fd = fd, .events = events };

	HERE("poll");
	while (poll(&p, 1, -1) < 0)
		CHECK(errno == EINTR);
	CHECK(p.revents);
}

static ssize_t send_piece(int fd, enum medium m, uint8_t *p, size_t n,
			  struct rng *r)
{
	switch (below(r, m == PIPE ? 3 : 5)) {
	case 0:
		return OK(write(fd, p, n));
	case 1:
		return send_parts(fd, p, n, below(r, (uint32_t)n + 1), false);
	case 2:
		await(fd, POLLOUT);
		return OK(write(fd, p, n));
	case 3:
		return OK(send(fd, p, n, MSG_NOSIGNAL));
	default:
		return send_parts(fd, p, n, below(r, (uint32_t)n + 1), true);
	}
}

void flow_send(struct flow *f, int fd, enum medium m, size_t len, struct rng *r)
{
	uint8_t buf[PIECE];

	while (len) {
		size_t n = 1 + below(r, PIECE), done = 0;

		n = n < len ? n : len;
		flow_fill(f, buf, n);
		while (done < n)
			done += (size_t)send_piece(fd, m, buf + done, n - done,
						   r);
		flow_sent(f, buf, n);
		len -= n;
	}
}

/* --- receiving -------------------------------------------------------------- */

static ssize_t recv_parts(int fd, uint8_t *p, size_t n, size_t cut, bool msg)
{
	struct iovec v[2] = { { p, cut }, { p + cut, n - cut } };
	struct msghdr m = { .msg_iov = v, .msg_iovlen = 2 };

	return msg ? OK(recvmsg(fd, &m, 0)) : OK(readv(fd, v, 2));
}

static void await_select(int fd)
{
	fd_set in;

	CHECK(fd < FD_SETSIZE);
	HERE("select");
	do {
		FD_ZERO(&in);
		FD_SET(fd, &in);
	} while (select(fd + 1, &in, NULL, NULL, NULL) < 0 && errno == EINTR);
	CHECK(FD_ISSET(fd, &in));
}

static ssize_t recv_piece(int fd, enum medium m, uint8_t *p, size_t n,
			  struct rng *r)
{
	int waiting;

	switch (below(r, m == PIPE ? 5 : 8)) {
	case 0:
		return OK(read(fd, p, n));
	case 1:
		return recv_parts(fd, p, n, below(r, (uint32_t)n + 1), false);
	case 2:
		await(fd, POLLIN);
		return OK(read(fd, p, n));
	case 3:
		await_select(fd);
		return OK(read(fd, p, n));
	case 4:
		await(fd, POLLIN);
		OK(ioctl(fd, FIONREAD, &waiting));
		CHECK(waiting > 0);
		n = n < (size_t)waiting ? n : (size_t)waiting;
		CHECK(OK(read(fd, p, n)) == (ssize_t)n);
		return (ssize_t)n;
	case 5:
		return OK(recv(fd, p, n, 0));
	case 6:
		return OK(recv(fd, p, n, MSG_WAITALL));
	default:
		return recv_parts(fd, p, n, below(r, (uint32_t)n + 1), true);
	}
}

void flow_recv(struct flow *f, int fd, enum medium m, size_t len, struct rng *r)
{
	uint8_t buf[PIECE];

	while (len) {
		size_t n = 1 + below(r, PIECE);
		ssize_t got;

		n = n < len ? n : len;
		got = recv_piece(fd, m, buf, n, r);
		if (got == 0)
			FAIL("the stream ends %zu bytes early", len);
		flow_received(f, buf, (size_t)got);
		len -= (size_t)got;
	}
}

void flow_end(struct flow *f, int fd, struct rng *r)
{
	char c;

	(void)f;
	if (below(r, 2))
		await(fd, POLLIN);
	CHECK(OK(read(fd, &c, 1)) == 0);
}

/* --- descriptors ------------------------------------------------------------- */

int open_listener(enum medium m)
{
	struct sockaddr_in in = { .sin_family = AF_INET,
				  .sin_addr = { htonl(INADDR_LOOPBACK) } };
	/* no more than the family: the kernel finds an abstract name */
	struct sockaddr un = { .sa_family = AF_UNIX };
	int one = 1;
	int fd = OK(socket(m == TCP ? AF_INET : AF_UNIX,
			   SOCK_STREAM | SOCK_CLOEXEC, 0));

	if (m == TCP) {
		OK(setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)));
		OK(bind(fd, (struct sockaddr *)&in, sizeof(in)));
	} else {
		OK(bind(fd, &un, sizeof(sa_family_t)));
	}
	OK(listen(fd, 64));
	return fd;
}

int connect_to(enum medium m, int listener)
{
	struct sockaddr_storage a;
	socklen_t len = sizeof(a);
	int fd = OK(socket(m == TCP ? AF_INET : AF_UNIX,
			   SOCK_STREAM | SOCK_CLOEXEC, 0));

	OK(getsockname(listener, (struct sockaddr *)&a, &len));
	OK(connect(fd, (struct sockaddr *)&a, len));
	return fd;
}

void open_pair(enum medium m, int fd[2])
{
	int listener;

	switch (m) {
	case PIPE:
		OK(pipe2(fd, O_CLOEXEC));
		return;
	case SOCKETPAIR:
		OK(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fd));
		return;
	default:
		listener = open_listener(m);
		fd[0] = connect_to(m, listener);
		fd[1] = OK(accept4(listener, NULL, NULL, SOCK_CLOEXEC));
		OK(close(listener));
	}
}
