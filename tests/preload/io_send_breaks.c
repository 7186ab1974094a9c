/* The peer goes, with data unread, while something waits to be sent: its error is
   the waiting call's, no SIGPIPE is raised, and what was sent counts. */
#include "t.h"

#define LEN (4 << 20)

static char block[LEN];
static int fd[2], ready[2];
static _Atomic int got;

static void on_pipe(int sig)
{
	(void)sig;
	got++;
}

/* Compute much between waits, as a thread does that had better wait at home. */
static void compute(void)
{
	struct timespec from, now;

	for (int i = 0; i < 3; i++) {
		t_talk();
		DO(clock_gettime(CLOCK_MONOTONIC, &from));
		do
			DO(clock_gettime(CLOCK_MONOTONIC, &now));
		while ((now.tv_sec - from.tv_sec) * 1000000000 + now.tv_nsec -
			       from.tv_nsec < 15000000);
	}
}

static void *closer(void *arg)
{
	(void)arg;
	t_settle();
	t_put(ready[1], "x", 1);
	t_await(poll(&(struct pollfd){ fd[1], POLLOUT, 0 }, 1, 0) == 0);
	t_settle();
	DO(close(fd[0]));
	fd[0] = -1;
	return NULL;
}

static long one(int way, size_t len)
{
	struct iovec v[2] = { { block, len / 2 + 1 }, { block, len / 2 } };
	struct mmsghdr m[2] = { { .msg_hdr = { .msg_iov = v, .msg_iovlen = 2 } },
				{ .msg_hdr = { .msg_iov = v, .msg_iovlen = 2 } } };
	int r;

	switch (way) {
	case 0:
		return send(fd[1], block, len, 0);
	case 1:
		return write(fd[1], block, len);
	case 2:
		return writev(fd[1], v, 2);
	case 3:
		return sendmsg(fd[1], &m[0].msg_hdr, 0);
	default:
		r = sendmmsg(fd[1], m, 2, 0);
		return r < 0 ? r : r * 100 + (m[0].msg_len > 0);
	}
}

/* Has it gone as it does where the call waits when the peer goes?  Should it only be
   about to it has another end, so it is tried again. */
static int breaks(int way, size_t len, int computes)
{
	int part = len > 1, e = 0, err, at_once;
	socklen_t n = sizeof(e);
	pthread_t th;
	char c;
	long r;

	t_pair(SOCK_STREAM, fd);
	for (size_t s = sizeof(block); !part && s; s /= 2)
		while (send(fd[1], block, s, MSG_DONTWAIT) > 0)
			;
	got = 0;
	th = t_go(closer, NULL);
	if (part)
		t_take(ready[0], &c, 1);
	if (computes)
		compute();
	errno = 0;
	r = one(way, len);
	err = errno;
	at_once = got;
	t_join(th);
	if (!part)
		t_take(ready[0], &c, 1);
	DO(getsockopt(fd[1], SOL_SOCKET, SO_ERROR, &e, &n));
	if (send(fd[1], "x", 1, 0) != -1 || errno != EPIPE ||
	    got != at_once + 1)
		printf("later: %s, %d\n", strerrorname_np(errno), got);
	t_close2(fd);
	if (part && way == 4 && r != 101)
		printf("%ld\n", r);
	return !at_once && !e && (part ? r > 0 : r < 0 && err == ECONNRESET);
}

static void body(void)
{
	DO(pipe(ready));
	for (int way = 0; way < 10; way++) {
		int i = 0;

		while (!breaks(way / 2, way % 2 ? 1 : LEN - 1, 0) && i < 50)
			i++;
		printf("%d: %s\n", way, i < 50 ? "seen" : "not seen");
	}
	for (int i = 0; i < 10; i++)
		if (breaks(2, LEN - 1, 1)) {
			printf("computing: seen\n");
			break;
		}
	t_close2(ready);
}

int main(void)
{
	t_handle(SIGPIPE, on_pipe, 0);
	t_both(body);
	return t_end();
}
