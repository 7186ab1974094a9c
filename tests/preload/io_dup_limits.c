/* A socket's time limit, set by one of its numbers, holds for all. */
#include "t.h"

static void limit(int fd, int name, int ms)
{
	struct timeval tv = { ms / 1000, ms % 1000 * 1000 };

	DO(setsockopt(fd, SOL_SOCKET, name, &tv, sizeof(tv)));
}

static void put_more(int fd)
{
	t_put(fd, "d", 1);
}

static void body(void)
{
	int fd[2], d;
	char b[8];
	pthread_t th;

	t_pair(SOCK_STREAM, fd);
	d = DO(dup(fd[0]));
	t_put(fd[1], "ab", 2);
	SHOW(recv(d, b, 1, 0));
	SHOW(recv(fd[0], b, 1, 0));
	limit(d, SO_RCVTIMEO, 20);
	SHOW(recv(fd[0], b, 1, 0));
	SHOW(recv(d, b, 1, 0));
	limit(fd[0], SO_RCVTIMEO, 0);
	th = t_after(put_more, fd[1]);
	SHOW(recv(d, b, 1, 0));
	t_join(th);
	limit(d, SO_SNDTIMEO, 20);
	while (send(fd[0], b, 1, MSG_DONTWAIT) > 0)
		;
	SHOW(send(fd[0], b, 1, 0));
	DO(close(d));
	t_close2(fd);
}

int main(void)
{
	t_both(body);
	return t_end();
}
