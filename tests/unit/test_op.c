/* Ops, tried without blocking; and done at home where no engine runs. */
#include "unit.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/un.h>
#include <unistd.h>

#define BIG   400000 /* more than a socket or pipe here takes at once */
#define PARTS 20     /* vectors; more than op.c puts together at once */

static int fd[2];
static char big[BIG], got[BIG];

static void pair(int type)
{
	ck_assert_int_eq(socketpair(AF_UNIX, type, 0, fd), 0);
}

/* Can a pipe be asked without waiting?  Since Linux 6.4; before, src/shim
   waits for pipes at home. */
static bool pipes_can_be_asked(void)
{
	struct iovec v = { got, 1 };
	int p[2];
	bool yes;

	ck_assert_int_eq(pipe(p), 0);
	yes = preadv2(p[0], &v, 1, -1, RWF_NOWAIT) < 0 && errno == EAGAIN;
	close(p[0]);
	close(p[1]);
	return yes;
}

static void put(int s, const char *text)
{
	ssize_t n = (ssize_t)strlen(text);

	ck_assert_int_eq(write(s, text, (size_t)n), n);
}

static void setup(void)
{
	for (size_t i = 0; i < BIG; i++)
		big[i] = (char)(i % 251 + i / 4093);
	memset(got, 0, sizeof(got));
}

static struct op op_of(enum op_kind kind, int s, void *buf, size_t len)
{
	struct op op = { .kind = kind, .fd = s, .buf = buf, .len = len };

	op.events = kind == OP_SEND || kind == OP_SENDMSG ||
				    kind == OP_WRITEV || kind == OP_CONNECT
			    ? POLLOUT
			    : POLLIN;
	return op;
}

/* --- bookkeeping, without a descriptor ------------------------------- */

START_TEST(took)
{
	enum {
		ALL = MSG_WAITALL,
		PEEK = MSG_PEEK
	};
	static const struct {
		uint8_t kind, hints;
		int flags;
		size_t done;
		ssize_t res; /* of an attempt at 10 bytes */
		bool finished;
		ssize_t want; /* .res if finished, else .done */
		uint8_t drained;
	} t[] = {
		/* a receive that is content with what there is */
		{ OP_RECV, OP_STREAM, 0, 0, 10, true, 10, 0 },
		{ OP_RECV, OP_STREAM, 0, 0, 4, true, 4, OP_DRAINED },
		{ OP_RECV, OP_STREAM | OP_DRAINED, 0, 0, 10, true, 10, 0 },
		{ OP_RECV, OP_STREAM | OP_DRAINED, 0, 0, 0, true, 0, 0 },
		{ OP_RECV, OP_STREAM, PEEK, 0, 4, true, 4, 0 },
		{ OP_RECV, OP_STREAM, 0, 0, -EBADF, true, -EBADF, 0 },
		/* one that is not */
		{ OP_RECV, OP_STREAM, ALL, 0, 4, false, 4, OP_DRAINED },
		{ OP_RECV, OP_STREAM, ALL, 4, 2, false, 6, OP_DRAINED },
		{ OP_RECV, OP_STREAM, ALL, 4, 6, true, 10, 0 },
		{ OP_RECV, OP_STREAM, ALL, 4, 0, true, 4, 0 },
		{ OP_RECV, OP_STREAM, ALL, 0, 0, true, 0, 0 },
		{ OP_RECV, OP_STREAM, ALL, 4, -ECONNRESET, true, 4, 0 },
		{ OP_RECV, OP_STREAM, ALL, 0, -ENOTCONN, true, -ENOTCONN, 0 },
		{ OP_RECV, OP_STREAM, ALL | PEEK, 0, 4, true, 4, 0 },
		{ OP_RECV, 0, ALL, 0, 4, true, 4, OP_DRAINED },
		/* sends */
		{ OP_SEND, OP_STREAM, 0, 0, 10, true, 10, 0 },
		{ OP_SEND, OP_STREAM, 0, 0, 4, false, 4, 0 },
		{ OP_SEND, OP_STREAM, 0, 4, 6, true, 10, 0 },
		{ OP_SEND, OP_STREAM, 0, 4, -EPIPE, true, 4, 0 },
		{ OP_SEND, OP_STREAM, 0, 0, -EPIPE, true, -EPIPE, 0 },
		{ OP_SEND, 0, 0, 0, 4, true, 4, 0 },
		/* the others' results are theirs */
		{ OP_ACCEPT, 0, 0, 0, 5, true, 5, 0 },
		{ OP_CONNECT, 0, 0, 0, 0, true, 0, 0 },
		{ OP_CONNECT, 0, 0, 0, -ECONNREFUSED, true, -ECONNREFUSED, 0 },
		{ OP_POLL, 0, 0, 0, POLLHUP, true, POLLHUP, 0 },
	};

	for (size_t i = 0; i < COUNT(t); i++) {
		struct op op = op_of(t[i].kind, -1, big, 10);

		op.hints = t[i].hints;
		op.flags = t[i].flags;
		op.done = t[i].done;
		ck_assert_msg(op_took(&op, t[i].res) == t[i].finished,
			      "row %zu: finished", i);
		ck_assert_msg((t[i].finished ? op.res : (ssize_t)op.done) ==
				      t[i].want,
			      "row %zu: result", i);
		if (t[i].res >= 0)
			ck_assert_msg((op.hints & OP_DRAINED) == t[i].drained,
				      "row %zu: drained", i);
	}
}
END_TEST

START_TEST(took_vectors)
{
	struct iovec v[3] = { { big, 4 }, { big, 0 }, { big, 6 } };
	struct msghdr m = { .msg_iov = v, .msg_iovlen = 3 };
	struct op op = op_of(OP_WRITEV, -1, v, 3);

	ck_assert(!op_took(&op, 9));
	ck_assert(op_took(&op, 1));
	ck_assert_int_eq(op.res, 10);
	/* a file's vectors are read once */
	op = op_of(OP_READV, -1, v, 3);
	ck_assert(op_took(&op, 9));
	ck_assert_int_eq(op.res, 9);
	for (int in = 0; in < 2; in++) {
		op = op_of(in ? OP_RECVMSG : OP_SENDMSG, -1, &m, 0);
		op.flags = in ? MSG_WAITALL : 0;
		ck_assert(op_took(&op, 9));
		ck_assert_int_eq(op.res, 9);
		op.hints = OP_STREAM;
		op.done = 0;
		ck_assert(!op_took(&op, 9));
		ck_assert(op_took(&op, 1));
		ck_assert_int_eq(op.res, 10);
	}
}
END_TEST

START_TEST(abandon)
{
	struct op op = op_of(OP_RECV, -1, big, 10);

	op_abandon(&op, ECANCELED);
	ck_assert_int_eq(op.res, -ECANCELED);
	op.done = 3;
	op_abandon(&op, ECANCELED);
	ck_assert_int_eq(op.res, 3);
	/* that it was begun is no byte moved */
	op = op_of(OP_CONNECT, -1, big, 10);
	op.done = 1;
	op_abandon(&op, EINTR);
	ck_assert_int_eq(op.res, -EINTR);
}
END_TEST

/* For every number of bytes done: what is left, in order, and all of it. */
START_TEST(rest)
{
	struct iovec v[6] = { { big, 3 },     { big + 3, 0 }, { big + 3, 1 },
			      { big + 4, 5 }, { big + 9, 0 }, { big + 9, 2 } };
	struct msghdr m = { .msg_iov = v, .msg_iovlen = 6 };
	struct op op =
		_i ? op_of(OP_SENDMSG, -1, &m, 0) : op_of(OP_WRITEV, -1, v, 6);

	for (op.done = 0; op.done <= 11; op.done++) {
		struct iovec left[6];
		char *at = big + op.done;
		int n = op_rest(&op, left, 6);

		for (int i = 0; i < n; i++) {
			ck_assert_ptr_eq(left[i].iov_base, at);
			ck_assert(op.done == 0 || left[i].iov_len || i);
			at += left[i].iov_len;
		}
		ck_assert_ptr_eq(at, big + 11);
		/* room for one: the first, and nothing beyond */
		left[1].iov_base = NULL;
		ck_assert_int_eq(op_rest(&op, left, 1), n ? 1 : 0);
		ck_assert_ptr_null(left[1].iov_base);
		if (n)
			ck_assert_ptr_eq(left[0].iov_base, big + op.done);
	}
	ck_assert_int_eq(op_rest(&op, v, 0), 0);
}
END_TEST

/* --- receiving ------------------------------------------------------- */

START_TEST(recv_stream)
{
	struct op op;

	pair(SOCK_STREAM);
	op = op_of(OP_RECV, fd[0], got, 8);
	op.hints = OP_STREAM;
	ck_assert(!op_try(&op));
	put(fd[1], "abc");
	ck_assert(op_try(&op));
	ck_assert_int_eq(op.res, 3);
	ck_assert_str_eq(got, "abc");
	ck_assert(op.hints & OP_DRAINED);
	put(fd[1], "defghijkl");
	ck_assert(op_try(&op));
	ck_assert_int_eq(op.res, 8);
	ck_assert(!(op.hints & OP_DRAINED));
	close(fd[1]);
	ck_assert(op_try(&op));
	ck_assert_int_eq(op.res, 1);
	ck_assert_str_eq(got, "lefghijk");
	/* the end, as often as one asks; it does not leave a drained socket */
	for (int i = 0; i < 2; i++) {
		ck_assert(op_try(&op));
		ck_assert_int_eq(op.res, 0);
		ck_assert(!(op.hints & OP_DRAINED));
	}
}
END_TEST

START_TEST(recv_waitall)
{
	struct op op;

	pair(SOCK_STREAM);
	op = op_of(OP_RECV, fd[0], got, 8);
	op.hints = OP_STREAM;
	op.flags = MSG_WAITALL;
	put(fd[1], "abc");
	ck_assert(!op_try(&op));
	ck_assert_uint_eq(op.done, 3);
	ck_assert(!op_try(&op));
	put(fd[1], "defghij");
	ck_assert(op_try(&op));
	ck_assert_int_eq(op.res, 8);
	ck_assert_str_eq(got, "abcdefgh");
	op.done = 0;
	ck_assert(!op_try(&op));
	ck_assert_uint_eq(op.done, 2);
	close(fd[1]);
	ck_assert(op_try(&op));
	ck_assert_int_eq(op.res, 2);
}
END_TEST

/* A message is whole by itself. */
START_TEST(recv_messages)
{
	struct op op;

	pair(_i ? SOCK_SEQPACKET : SOCK_DGRAM);
	put(fd[1], "abc");
	put(fd[1], "defgh");
	op = op_of(OP_RECV, fd[0], got, 8);
	op.flags = MSG_WAITALL;
	ck_assert(op_try(&op));
	ck_assert_int_eq(op.res, 3);
	op.flags = MSG_PEEK;
	ck_assert(op_try(&op));
	ck_assert_int_eq(op.res, 5);
	op.flags = MSG_TRUNC;
	op.len = 2;
	ck_assert(op_try(&op));
	ck_assert_int_eq(op.res, 5);
	ck_assert(!(op.hints & OP_DRAINED));
	ck_assert(!op_try(&op));
}
END_TEST

START_TEST(recvmsg_waitall)
{
	struct iovec v[3] = { { got, 3 }, { got + 3, 0 }, { got + 3, 5 } };
	struct msghdr m = { .msg_iov = v, .msg_iovlen = 3 };
	struct op op;

	pair(SOCK_STREAM);
	op = op_of(OP_RECVMSG, fd[0], &m, 0);
	op.hints = OP_STREAM;
	op.flags = MSG_WAITALL;
	ck_assert(!op_try(&op));
	put(fd[1], "ab");
	ck_assert(!op_try(&op));
	ck_assert_uint_eq(op.done, 2);
	put(fd[1], "cd");
	ck_assert(!op_try(&op));
	ck_assert_uint_eq(op.done, 4);
	put(fd[1], "efghij");
	ck_assert(op_try(&op));
	ck_assert_int_eq(op.res, 8);
	ck_assert_str_eq(got, "abcdefgh");
	ck_assert_uint_eq(v[2].iov_len, 5);
}
END_TEST

/* readv: from sockets as from pipes, once for what there is. */
START_TEST(readv_any)
{
	struct iovec v[2] = { { got, 2 }, { got + 2, 6 } };
	struct op op;

	if (!_i && !pipes_can_be_asked())
		return;
	if (_i)
		pair(SOCK_STREAM);
	else
		ck_assert_int_eq(pipe(fd), 0);
	op = op_of(OP_READV, fd[0], v, 2);
	ck_assert(!op_try(&op));
	put(fd[1], "abcd");
	ck_assert(op_try(&op));
	ck_assert_int_eq(op.res, 4);
	ck_assert_str_eq(got, "abcd");
	ck_assert(!op_try(&op));
	close(fd[1]);
	ck_assert(op_try(&op));
	ck_assert_int_eq(op.res, 0);
}
END_TEST

/* --- sending --------------------------------------------------------- */

static size_t n_got;

static void reader(void)
{
	ssize_t n = read(fd[0], got + n_got, 30000);

	ck_assert_int_ge(n, 0);
	n_got += (size_t)n;
}

/* Try op until it is done, which is not at once, reading in between; all of
   big is to arrive. */
static void whole(struct op *op)
{
	size_t before = 0;
	int tries = 0;

	n_got = 0;
	for (; !op_try(op); tries++) {
		ck_assert_uint_ge(op->done, before);
		ck_assert_uint_lt(op->done, BIG);
		before = op->done;
		reader();
	}
	ck_assert_int_gt(tries, 1);
	ck_assert_int_eq(op->res, BIG);
	while (n_got < BIG)
		reader();
	ck_assert_int_eq(memcmp(big, got, BIG), 0);
}

static void small_pair(void)
{
	int size = 20000;

	pair(SOCK_STREAM);
	setsockopt(fd[1], SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
}

START_TEST(send_whole)
{
	struct op op;

	small_pair();
	op = op_of(OP_SEND, fd[1], big, BIG);
	op.hints = OP_STREAM;
	whole(&op);
}
END_TEST

/* What has not been said to be a stream's is the kernel's answer. */
START_TEST(send_once)
{
	struct op op;

	small_pair();
	op = op_of(OP_SEND, fd[1], big, BIG);
	ck_assert(op_try(&op));
	ck_assert_int_gt(op.res, 0);
	ck_assert_int_lt(op.res, BIG);
	ck_assert(!op_try(&op));
}
END_TEST

/* Vectors of all lengths, some empty. */
static int cut(struct iovec v[PARTS])
{
	size_t at = 0;

	for (int i = 0; i < PARTS; i++) {
		v[i].iov_base = big + at;
		v[i].iov_len = i % 5 == 0   ? 0
			       : i % 5 == 1 ? 1
					    : (size_t)i * 2111;
		if (i == PARTS - 1)
			v[i].iov_len = BIG - at;
		at += v[i].iov_len;
		ck_assert_uint_le(at, BIG);
	}
	return PARTS;
}

START_TEST(sendmsg_whole)
{
	struct iovec v[PARTS];
	struct msghdr m = { .msg_iov = v, .msg_iovlen = (size_t)cut(v) };
	struct op op;

	small_pair();
	op = op_of(OP_SENDMSG, fd[1], &m, 0);
	op.hints = OP_STREAM;
	whole(&op);
}
END_TEST

/* Of many vectors the pipe is to be given the rest in one: by libc's call. */
START_TEST(writev_part)
{
	struct iovec v[PARTS];
	struct op op;

	if (!_i && !pipes_can_be_asked())
		return;
	if (_i)
		small_pair();
	else
		ck_assert_int_eq(pipe(fd), 0);
	op = op_of(OP_WRITEV, fd[1], v, (size_t)cut(v));
	ck_assert(op_try(&op));
	ck_assert(op.hints & OP_LIBCS);
	ck_assert_int_eq(op.res, -EAGAIN);
	ck_assert_uint_gt(op.done, 0);
	ck_assert_uint_lt(op.done, BIG);
}
END_TEST

/* One descriptor passed with a message that goes in parts arrives once. */
START_TEST(rights_go_once)
{
	union {
		struct cmsghdr align;
		char buf[CMSG_SPACE(sizeof(int))];
	} out = { 0 }, in;
	struct iovec v = { big, BIG }, w = { got, 30000 };
	struct msghdr m = { .msg_iov = &v, .msg_iovlen = 1 };
	struct cmsghdr *c;
	struct op op;
	size_t sum = 0;
	int passed = 0;
	bool done;

	small_pair();
	m.msg_control = out.buf;
	m.msg_controllen = sizeof(out.buf);
	c = CMSG_FIRSTHDR(&m);
	*c = (struct cmsghdr){ .cmsg_len = CMSG_LEN(sizeof(int)),
			       .cmsg_level = SOL_SOCKET,
			       .cmsg_type = SCM_RIGHTS };
	memcpy(CMSG_DATA(c), &fd[0], sizeof(int));
	op = op_of(OP_SENDMSG, fd[1], &m, 0);
	op.hints = OP_STREAM;
	done = op_try(&op);
	ck_assert(!done);
	while (sum < BIG) {
		struct msghdr r = { .msg_iov = &w, .msg_iovlen = 1 };
		ssize_t n;

		r.msg_control = in.buf;
		r.msg_controllen = sizeof(in.buf);
		n = recvmsg(fd[0], &r, MSG_DONTWAIT);
		ck_assert_int_gt(n, 0);
		sum += (size_t)n;
		passed += CMSG_FIRSTHDR(&r) != NULL;
		done = done || op_try(&op);
	}
	ck_assert_int_eq(op.res, BIG);
	ck_assert_int_eq(passed, 1);
}
END_TEST

/* The other side goes: in the middle, and before. No signal comes of it. */
START_TEST(send_broken)
{
	struct op op;

	small_pair();
	op = op_of(OP_SEND, fd[1], big, BIG);
	op.hints = OP_STREAM;
	ck_assert(!op_try(&op));
	close(fd[0]);
	ck_assert(op_try(&op));
	ck_assert_int_eq(op.res, (int)op.done);
	ck_assert_int_gt(op.res, 0);
	op.done = 0;
	ck_assert(op_try(&op));
	ck_assert_int_eq(op.res, -EPIPE);
}
END_TEST

/* --- errors ---------------------------------------------------------- */

START_TEST(errors)
{
	struct iovec v = { got, 8 };
	struct msghdr m = { .msg_iov = &v, .msg_iovlen = 1 };
	struct op op;
	int in;

	ck_assert_int_eq(pipe(fd), 0);
	for (int k = 0; k < OP_KINDS; k++) {
		bool sock = k != OP_POLL && k != OP_READV && k != OP_WRITEV;
		void *buf = k == OP_READV || k == OP_WRITEV	 ? (void *)&v
			    : k == OP_SENDMSG || k == OP_RECVMSG ? (void *)&m
								 : got;

		op = op_of(k, 1000, k == OP_ACCEPT ? NULL : buf, 1);
		ck_assert(op_try(&op));
		ck_assert_int_eq(op.res, k == OP_POLL ? POLLNVAL : -EBADF);
		op.fd = fd[0];
		op.res = 0;
		if (sock) {
			ck_assert(op_try(&op));
			ck_assert_int_eq(op.res, -ENOTSOCK);
		}
	}
	op = op_of(OP_KINDS, fd[0], got, 1);
	ck_assert(op_try(&op));
	ck_assert_int_eq(op.res, -EINVAL);
	op = op_of(OP_WRITEV, fd[0], &v, 1);
	ck_assert(op_try(&op));
	ck_assert_int_eq(op.res, -EBADF);
	/* what can't be read without blocking says so: it has no other way */
	in = inotify_init();
	op = op_of(OP_READV, in, &v, 1);
	ck_assert(op_try(&op));
	ck_assert_int_eq(op.res, -EOPNOTSUPP);
	signal(SIGPIPE, SIG_IGN);
	close(fd[0]);
	if (!pipes_can_be_asked())
		return;
	op = op_of(OP_WRITEV, fd[1], &v, 1);
	ck_assert(op_try(&op));
	ck_assert_int_eq(op.res, -EPIPE);
}
END_TEST

START_TEST(poll_events)
{
	struct op op;

	ck_assert_int_eq(pipe(fd), 0);
	op = op_of(OP_POLL, fd[0], NULL, 0);
	op.events = POLLIN;
	ck_assert(!op_try(&op));
	put(fd[1], "x");
	ck_assert(op_try(&op));
	ck_assert_int_eq(op.res, POLLIN);
	close(fd[1]);
	ck_assert(op_try(&op));
	ck_assert_int_eq(op.res, POLLIN | POLLHUP);
	ck_assert_int_eq(read(fd[0], got, 8), 1);
	/* hung up is an event whatever one asks for */
	op.events = POLLPRI;
	ck_assert(op_try(&op));
	ck_assert_int_eq(op.res, POLLHUP);
}
END_TEST

/* --- connections ----------------------------------------------------- */

static struct sockaddr_in at;
static socklen_t at_len = sizeof(at);

/* A TCP socket with a port of its own, in at. */
static int bound(void)
{
	int s = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	ck_assert_int_ge(s, 0);
	at = (struct sockaddr_in){ .sin_family = AF_INET };
	at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	ck_assert_int_eq(bind(s, (struct sockaddr *)&at, sizeof(at)), 0);
	ck_assert_int_eq(getsockname(s, (struct sockaddr *)&at, &at_len), 0);
	return s;
}

/* A connect, at first with the flags of the descriptor as they are. */
static ssize_t connect_to(int s, struct sockaddr *a, socklen_t len)
{
	struct op op = op_of(OP_CONNECT, s, a, len);
	int flags = fcntl(s, F_GETFL);

	while (!op_try(&op)) {
		struct pollfd p = { .fd = s, .events = POLLOUT };

		ck_assert_int_eq(fcntl(s, F_GETFL), flags);
		ck_assert_int_ge(poll(&p, 1, -1), 1);
	}
	ck_assert_int_eq(fcntl(s, F_GETFL), flags);
	return op.res;
}

START_TEST(accepts)
{
	struct sockaddr_in from = { 0 }, to;
	socklen_t len = sizeof(from), to_len = sizeof(to);
	int l = bound(), s = socket(AF_INET, SOCK_STREAM, 0);
	struct op op = op_of(OP_ACCEPT, l, &from, 0);

	op.addrlen = &len;
	/* one that does not listen will never have anything */
	ck_assert(op_try(&op));
	ck_assert_int_eq(op.res, -EINVAL);
	ck_assert_int_eq(listen(l, 5), 0);
	ck_assert(!op_try(&op));
	ck_assert_int_eq(connect_to(s, (struct sockaddr *)&at, at_len), 0);
	op.flags = _i;
	ck_assert(op_try(&op));
	ck_assert_int_ge(op.res, 0);
	getsockname(s, (struct sockaddr *)&to, &to_len);
	ck_assert_uint_eq(len, sizeof(from));
	ck_assert_int_eq(from.sin_port, to.sin_port);
	ck_assert_int_eq(fcntl((int)op.res, F_GETFL) & O_NONBLOCK,
			 _i & SOCK_NONBLOCK);
	ck_assert_int_eq(fcntl((int)op.res, F_GETFD),
			 _i & SOCK_CLOEXEC ? FD_CLOEXEC : 0);
	ck_assert(!op_try(&op));
}
END_TEST

START_TEST(connects)
{
	struct op op;
	int l = bound(), s = socket(AF_INET, SOCK_STREAM | _i, 0);

	ck_assert_int_eq(connect_to(s, (struct sockaddr *)&at, at_len),
			 -ECONNREFUSED);
	ck_assert_int_eq(listen(l, 5), 0);
	ck_assert_int_eq(connect_to(s, (struct sockaddr *)&at, at_len), 0);
	op = op_of(OP_CONNECT, s, &at, at_len);
	ck_assert(op_try(&op));
	ck_assert_int_eq(op.res, -EISCONN);
	put(s, "x");
}
END_TEST

/* A listener whose queue is full makes the connect wait. */
START_TEST(connect_full)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	socklen_t len = sizeof(un);
	int l = socket(AF_UNIX, SOCK_STREAM, 0), n = 0;
	struct op op;

	ck_assert_int_eq(bind(l, (struct sockaddr *)&un, sizeof(sa_family_t)),
			 0);
	ck_assert_int_eq(getsockname(l, (struct sockaddr *)&un, &len), 0);
	ck_assert_int_eq(listen(l, 1), 0);
	do {
		op = op_of(OP_CONNECT, socket(AF_UNIX, SOCK_STREAM, 0), &un,
			   len);
		ck_assert_int_lt(++n, 10);
	} while (op_try(&op) && op.res == 0);
	ck_assert(!op_try(&op));
	ck_assert_int_eq(fcntl(op.fd, F_GETFL) & O_NONBLOCK, 0);
	ck_assert_int_ge(accept(l, NULL, NULL), 0);
	ck_assert(op_try(&op));
	ck_assert_int_eq(op.res, 0);
}
END_TEST

/* --- at home, by poll() ---------------------------------------------- */

START_TEST(await_timeout)
{
	int64_t deadline = now_ns() + 3000000;
	struct op op;

	pair(SOCK_STREAM);
	op = op_of(OP_RECV, fd[0], got, 8);
	op.hints = OP_STREAM;
	ck_assert_int_eq(op_await(&op, deadline), -ETIMEDOUT);
	ck_assert_int_ge(now_ns(), deadline);
	/* unless something was moved */
	op.flags = MSG_WAITALL;
	put(fd[1], "abc");
	ck_assert_int_eq(op_await(&op, now_ns() + 3000000), 3);
	ck_assert_str_eq(got, "abc");
	/* what is there is had though the time is over */
	put(fd[1], "d");
	op = op_of(OP_RECV, fd[0], got, 8);
	ck_assert_int_eq(op_await(&op, 1), 1);
}
END_TEST

static void *drain(void *arg)
{
	n_got = 0;
	while (n_got < BIG) {
		ssize_t n = read(fd[0], got + n_got, BIG - n_got);

		if (n <= 0)
			break;
		n_got += (size_t)n;
	}
	return arg;
}

START_TEST(await_whole)
{
	struct op op;
	pthread_t p;

	small_pair();
	ck_assert_int_eq(pthread_create(&p, NULL, drain, NULL), 0);
	op = op_of(OP_SEND, fd[1], big, BIG);
	op.hints = OP_STREAM;
	ck_assert_int_eq(op_await(&op, FOREVER), BIG);
	pthread_join(p, NULL);
	ck_assert_int_eq(memcmp(big, got, BIG), 0);
}
END_TEST

START_TEST(await_connect)
{
	int l = bound(), s = socket(AF_INET, SOCK_STREAM, 0);
	struct op op = op_of(OP_CONNECT, s, &at, at_len);

	ck_assert_int_eq(op_await(&op, FOREVER), -ECONNREFUSED);
	ck_assert_int_eq(listen(l, 5), 0);
	op = op_of(OP_CONNECT, s, &at, at_len);
	ck_assert_int_eq(op_await(&op, FOREVER), 0);
}
END_TEST

/* Any of several can be waited for away alone; nothing is touched. */
START_TEST(await_any_home)
{
	struct op op[2];

	pair(SOCK_STREAM);
	put(fd[1], "a");
	op[0] = op_of(OP_RECV, fd[0], got, 8);
	op[1] = op_of(OP_RECV, fd[1], got, 8);
	ck_assert_int_eq(op_await_any(op, 2, FOREVER), -EAGAIN);
	ck_assert_int_eq(got[0], 0);
	ck_assert_int_eq(op_await(&op[0], FOREVER), 1);
}
END_TEST

Suite *op_suite(void)
{
	Suite *s = suite_create("op");
	TCase *c = tcase_create("op");

	suite_add_tcase(s, c);
	tcase_set_timeout(c, LIMIT);
	tcase_add_checked_fixture(c, setup, NULL);
	tcase_add_test(c, took);
	tcase_add_test(c, took_vectors);
	tcase_add_test(c, abandon);
	tcase_add_loop_test(c, rest, 0, 2);
	tcase_add_test(c, recv_stream);
	tcase_add_test(c, recv_waitall);
	tcase_add_loop_test(c, recv_messages, 0, 2);
	tcase_add_test(c, recvmsg_waitall);
	tcase_add_loop_test(c, readv_any, 0, 2);
	tcase_add_test(c, send_whole);
	tcase_add_test(c, send_once);
	tcase_add_test(c, sendmsg_whole);
	tcase_add_loop_test(c, writev_part, 0, 2);
	tcase_add_test(c, rights_go_once);
	tcase_add_test(c, send_broken);
	tcase_add_test(c, errors);
	tcase_add_test(c, poll_events);
	tcase_add_loop_test(c, accepts, 0, 1);
	tcase_add_loop_test(c, accepts, SOCK_NONBLOCK, SOCK_NONBLOCK + 1);
	tcase_add_loop_test(c, accepts, SOCK_CLOEXEC, SOCK_CLOEXEC + 1);
	tcase_add_loop_test(c, connects, 0, 1);
	tcase_add_loop_test(c, connects, SOCK_NONBLOCK, SOCK_NONBLOCK + 1);
	tcase_add_test(c, connect_full);
	tcase_add_test(c, await_timeout);
	tcase_add_test(c, await_whole);
	tcase_add_test(c, await_connect);
	tcase_add_test(c, await_any_home);
	return s;
}
