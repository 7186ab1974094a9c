/* dup2() puts another file where a call waits, before or after its first part
 * has gone: the call is all for the one file or all for the other. */
#include "t.h"
#include <sys/timerfd.h>

enum {
	ALL = 200000,
	TRIES = 60
};

static char data[ALL], back[ALL];
static int number, up;
static long result;

/* As often as need be until the call has begun before dup2(); its result must
   fit either order each time. */
typedef int try_fn(void);

enum {
	WRONG,
	TOO_LATE, /* to see anything */
	RIGHT
};

static void tries(const char *what, try_fn *fn)
{
	int got = TOO_LATE;

	for (int i = 0; i < TRIES && got == TOO_LATE; i++)
		got = fn();
	printf("%s: %s\n", what,
	       got == RIGHT   ? "its own file"
	       : got == WRONG ? "another's"
			      : "never in time");
}

static pthread_t begin(void *(*fn)(void *))
{
	pthread_t th;

	t_set(&up, 0);
	th = t_go(fn, NULL);
	t_await(t_get(&up));
	t_settle();
	return th;
}

static void nonblock(int fd, int on)
{
	DO(fcntl(fd, F_SETFL, on ? O_NONBLOCK : 0));
}

/* What is there, and how much of it is the call's. */
static long drain(int fd)
{
	long n, mine = 0;

	while ((n = read(fd, back, sizeof(back))) > 0)
		for (long i = 0; i < n; i++)
			mine += back[i] == 'x';
	return mine;
}

/* Writes and sends, of ALL bytes. */

static void *writes(void *arg)
{
	t_set(&up, 1);
	t_set(&result, write(number, data, ALL));
	return arg;
}

static void *writevs(void *arg)
{
	struct iovec v[2] = { { data, 1000 }, { data + 1000, ALL - 1000 } };

	t_set(&up, 1);
	t_set(&result, writev(number, v, 2));
	return arg;
}

static void *sendmmsgs(void *arg)
{
	struct iovec v[3] = { { data, 1000 },
			      { data + 1000, 1000 },
			      { data + 2000, ALL - 2000 } };
	struct mmsghdr m[3] = { { .msg_hdr = { .msg_iov = v } },
				{ .msg_hdr = { .msg_iov = v + 1 } },
				{ .msg_hdr = { .msg_iov = v + 2 } } };
	long n = 0;
	int r;

	for (int i = 0; i < 3; i++)
		m[i].msg_hdr.msg_iovlen = 1;
	t_set(&up, 1);
	r = sendmmsg(number, m, 3, 0);
	for (int i = 0; i < r; i++)
		n += m[i].msg_len;
	t_set(&result, n);
	return arg;
}

static int sent(int from, int to, void *(*fn)(void *), int to_pipe)
{
	int other[2], there[2];
	long mine = 0, others = 0;
	pthread_t th;

	if (to_pipe)
		DO(pipe(other));
	else
		t_pair(SOCK_STREAM, other);
	t_fill(to);
	number = to;
	t_set(&result, -2);
	th = begin(fn);
	DO(dup2(other[1], to));
	there[0] = from;
	there[1] = other[0];
	nonblock(there[0], 1);
	nonblock(there[1], 1);
	t_await((mine += drain(there[0]), others += drain(there[1]),
		 t_get(&result) != -2));
	mine += drain(there[0]);
	others += drain(there[1]);
	t_join(th);
	t_close2(other);
	DO(close(from));
	DO(close(to));
	if (result != ALL || mine + others != ALL || (mine && others))
		return WRONG;
	return mine ? RIGHT : TOO_LATE;
}

static int pipe_by(void *(*fn)(void *), int to_pipe, int flags)
{
	int fd[2];

	DO(pipe2(fd, flags));
	return sent(fd[0], fd[1], fn, to_pipe);
}

static int pipe_write(void)
{
	return pipe_by(writes, 0, 0);
}

static int pipe_writev(void)
{
	return pipe_by(writevs, 0, 0);
}

static int pipe_to_pipe(void)
{
	return pipe_by(writes, 1, 0);
}

static int packet_pipe(void)
{
	return pipe_by(writes, 0, O_DIRECT);
}

static int unix_by(void *(*fn)(void *))
{
	int fd[2];

	t_pair(SOCK_STREAM, fd);
	return sent(fd[0], fd[1], fn, 0);
}

static int unix_write(void)
{
	return unix_by(writes);
}

static int unix_writev(void)
{
	return unix_by(writevs);
}

static int unix_sendmmsg(void)
{
	return unix_by(sendmmsgs);
}

/* Receives: what comes to the old file is 'o', and 'n' is in the new one. */

static char first, second;

static void *recvs(void *arg)
{
	char b[2] = "";

	t_set(&up, 1);
	t_set(&result, recv(number, b, 1, 0));
	first = b[0];
	return arg;
}

static void *recvmmsgs(void *arg)
{
	char b[2] = "";
	struct iovec v[2] = { { b, 1 }, { b + 1, 1 } };
	struct mmsghdr m[2] = { { .msg_hdr = { .msg_iov = v } },
				{ .msg_hdr = { .msg_iov = v + 1 } } };

	m[0].msg_hdr.msg_iovlen = m[1].msg_hdr.msg_iovlen = 1;
	t_set(&up, 1);
	t_set(&result, recvmmsg(number, m, 2, 0, NULL));
	first = b[0];
	second = b[1];
	return arg;
}

static int received(int type, void *(*fn)(void *), int messages)
{
	int fd[2], other[2], keep, left;
	pthread_t th;

	t_pair(type, fd);
	keep = DO(dup(fd[0]));
	t_pair(type, other);
	for (int i = 0; i < messages; i++)
		t_put(other[1], "n", 1);
	number = fd[0];
	t_set(&result, -2);
	first = second = 0;
	th = begin(fn);
	DO(dup2(other[0], fd[0]));
	for (int i = 0; i < messages; i++) {
		t_settle();
		t_put(fd[1], "o", 1);
	}
	t_join(th);
	nonblock(other[0], 1);
	for (left = 0; read(other[0], back, 1) > 0; left++)
		;
	t_close2(fd);
	t_close2(other);
	DO(close(keep));
	if (result == (messages > 1 ? messages : 1)) {
		if (first == 'o' && (messages < 2 || second == 'o') &&
		    left == messages)
			return RIGHT;
		if (first == 'n' && (messages < 2 || second == 'n') && !left)
			return TOO_LATE;
	}
	return WRONG;
}

static int unix_recv(void)
{
	return received(SOCK_STREAM, recvs, 1);
}

static int dgram_recv(void)
{
	return received(SOCK_DGRAM, recvs, 1);
}

static int dgram_recvmmsg(void)
{
	return received(SOCK_DGRAM, recvmmsgs, 2);
}

static int seqpacket_recvmmsg(void)
{
	return received(SOCK_SEQPACKET, recvmmsgs, 2);
}

/* A timer that is over once, and one that has been over often. */

static void *reads_timer(void *arg)
{
	uint64_t n = 0;

	t_set(&up, 1);
	if (read(number, &n, sizeof(n)) != sizeof(n))
		n = 0;
	t_set(&result, (long)n);
	return arg;
}

static void timer_in(int fd, long ns, long then)
{
	struct itimerspec it = { { 0, then }, { 0, ns } };

	DO(timerfd_settime(fd, 0, &it, NULL));
}

static int timer_read(void)
{
	int old = DO(timerfd_create(CLOCK_MONOTONIC, 0)), keep = DO(dup(old));
	int other = DO(timerfd_create(CLOCK_MONOTONIC, 0));
	struct pollfd p = { .fd = other, .events = POLLIN };
	struct itimerspec never = { { 0, 0 }, { 1000, 0 } };
	pthread_t th;

	DO(timerfd_settime(old, 0, &never, NULL));
	timer_in(other, 1, 1000);
	t_settle();
	number = old;
	t_set(&result, -2);
	th = begin(reads_timer);
	DO(dup2(other, old));
	timer_in(keep, 1, 0);
	t_join(th);
	DO(poll(&p, 1, 0));
	DO(close(old));
	DO(close(keep));
	DO(close(other));
	if (result == 1)
		return p.revents & POLLIN ? RIGHT : WRONG;
	return result > 1 ? TOO_LATE : WRONG;
}

#define TRY(fn) tries(#fn, fn)

static void body(void)
{
	TRY(pipe_write);
	TRY(pipe_writev);
	TRY(pipe_to_pipe);
	TRY(packet_pipe);
	TRY(unix_write);
	TRY(unix_writev);
	TRY(unix_sendmmsg);
	TRY(unix_recv);
	TRY(dgram_recv);
	TRY(dgram_recvmmsg);
	TRY(seqpacket_recvmmsg);
	TRY(timer_read);
}

int main(void)
{
	memset(data, 'x', sizeof(data));
	t_both(body);
	return t_end();
}
