/* SO_RCVLOWAT on a TCP socket: a waiting recv() gets that many bytes. The
 * second piece alone reaches the mark: Linux does not count what recv() has
 * taken already, so with a smaller one it would wait for ever at times. */
#include "t.h"

static void feed(int fd)
{
	t_put(fd, "abc", 3);
	t_settle();
	t_put(fd, "defghijk", 8);
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
	struct pollfd p;
	char b[16];
	pthread_t th;

	t_tcp(fd);
	p = (struct pollfd){ fd[0], POLLIN, 0 };
	DO(setsockopt(fd[0], SOL_SOCKET, SO_RCVLOWAT, &v, sizeof(v)));
	th = t_after(feed, fd[1]);
	SHOW(recv(fd[0], b, 16, 0));
	t_join(th);
	t_put(fd[1], "123", 3);
	t_await(t_readable(fd[0]) == 3);
	SHOW(poll(&p, 1, 0));
	SHOW(recv(fd[0], b, 16, MSG_DONTWAIT));
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
