/* recv(): data already there, and data that comes while it waits. */
#include "t.h"

static void feed(int fd)
{
	t_put(fd, "later", 5);
}

static void one(int fd[2])
{
	char b[64];
	pthread_t th;
	long n;

	t_put(fd[1], "now", 3);
	n = SHOW(recv(fd[0], b, sizeof(b), 0));
	printf("%.*s\n", (int)n, b);
	th = t_after(feed, fd[1]);
	n = SHOW(recv(fd[0], b, sizeof(b), 0));
	printf("%.*s\n", (int)n, b);
	t_join(th);
	th = t_after(feed, fd[1]);
	SHOW(recv(fd[0], b, 2, 0));
	SHOW(recv(fd[0], b, 20, MSG_DONTWAIT) <= 3);
	t_join(th);
	SHOW(recv(fd[0], b, 8, ~0) < 0);
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
