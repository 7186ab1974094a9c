/* setsockopt() of all sorts takes effect and reads back. */
#include "t.h"

static void both_ways(int fd, int level, int opt, int v)
{
	int got = -1;
	socklen_t len = sizeof(got);

	SHOW(setsockopt(fd, level, opt, &v, sizeof(v)));
	SHOW(getsockopt(fd, level, opt, &got, &len));
	printf("%d\n", got);
}

static void feed(int fd)
{
	t_put(fd, "ab", 2);
	t_settle();
	t_put(fd, "cdef", 4);
}

static void body(void)
{
	int fd[2], v = 4;
	char b[8];
	pthread_t th;

	t_tcp(fd);
	both_ways(fd[0], SOL_SOCKET, SO_KEEPALIVE, 1);
	both_ways(fd[0], IPPROTO_TCP, TCP_NODELAY, 1);
	both_ways(fd[0], SOL_SOCKET, SO_RCVBUF, 32768);
	both_ways(fd[0], SOL_SOCKET, 9999, 1);
	both_ways(fd[0], 9999, 1, 1);
	/* With a low-water mark recv() waits for that much; see sock_lowat. */
	SHOW(setsockopt(fd[0], SOL_SOCKET, SO_RCVLOWAT, &v, sizeof(v)));
	th = t_after(feed, fd[1]);
	SHOW(recv(fd[0], b, 8, 0));
	t_join(th);
	t_close2(fd);
}

int main(void)
{
	t_both(body);
	return t_end();
}
