/* SO_RCVTIMEO: EAGAIN when the time is over, not before; data still comes. */
#include "t.h"

#define MS 60

static void feed(int fd)
{
	t_put(fd, "in time", 7);
}

static void limit(int fd, int ms)
{
	struct timeval tv = { ms / 1000, ms % 1000 * 1000 };

	DO(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv)));
}

#define TIMED(e)                                            \
	do {                                                \
		double t = t_now();                         \
		SHOW(e);                                    \
		t = t_now() - t;                            \
		CHECK(t >= MS / 1000.0 - 0.005 && t < 8.0); \
	} while (0)

static void one(int fd[2])
{
	char b[16];
	struct iovec v = { b, 16 };
	struct msghdr m = { .msg_iov = &v, .msg_iovlen = 1 };
	pthread_t th;

	limit(fd[0], MS);
	TIMED(recv(fd[0], b, 16, 0));
	TIMED(read(fd[0], b, 16));
	TIMED(readv(fd[0], &v, 1));
	TIMED(recvfrom(fd[0], b, 16, 0, NULL, NULL));
	TIMED(recvmsg(fd[0], &m, 0));
	TIMED(recv(fd[0], b, 16, MSG_PEEK));
	SHOW(recv(fd[0], b, 16, MSG_DONTWAIT));
	limit(fd[0], 15000);
	th = t_after(feed, fd[1]);
	SHOW(recv(fd[0], b, 16, 0));
	t_join(th);
	limit(fd[0], 0);
	th = t_after(feed, fd[1]);
	SHOW(read(fd[0], b, 16));
	t_join(th);
}

static void body(void)
{
	t_sockets(one);
}

int main(void)
{
	t_both(body);
	return t_end();
}
