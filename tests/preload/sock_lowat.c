/* SO_RCVLOWAT on a TCP socket: a waiting recv() gets that many bytes. */
#include "t.h"

static void feed(int fd)
{
	t_put(fd, "abc", 3);
	t_settle();
	t_put(fd, "defgh", 5);
}

static void last(int fd)
{
	t_put(fd, "xy", 2);
	t_settle();
	DO(shutdown(fd, SHUT_WR));
}

static void body(void)
{
	int fd[2], v = 8;
	char b[16];
	pthread_t th;

	t_tcp(fd);
	DO(setsockopt(fd[0], SOL_SOCKET, SO_RCVLOWAT, &v, sizeof(v)));
	th = t_after(feed, fd[1]);
	SHOW(recv(fd[0], b, 16, 0));
	t_join(th);
	th = t_after(last, fd[1]);
	SHOW(recv(fd[0], b, 16, 0));
	SHOW(recv(fd[0], b, 16, 0));
	t_join(th);
	t_close2(fd);
}

int main(void)
{
	t_both(body);
	return t_end();
}
