/* select(): reads, writes and exceptions, ready and waited for. */
#include "t.h"

static void feed(int fd)
{
	t_put(fd, "x", 1);
}

static void one(int fd[2])
{
	int n = (fd[0] > fd[1] ? fd[0] : fd[1]) + 1;
	fd_set r, w, e;
	char b[4];
	pthread_t th;

	FD_ZERO(&r);
	FD_ZERO(&w);
	FD_ZERO(&e);
	FD_SET(fd[0], &r);
	FD_SET(fd[1], &w);
	FD_SET(fd[0], &e);
	SHOW(select(n, &r, &w, &e, NULL));
	printf("%d %d %d\n", !!FD_ISSET(fd[0], &r), !!FD_ISSET(fd[1], &w),
	       !!FD_ISSET(fd[0], &e));
	t_put(fd[1], "y", 1);
	FD_SET(fd[0], &r);
	SHOW(select(n, &r, &w, NULL, NULL));
	SHOW(read(fd[0], b, 1));
	FD_SET(fd[0], &r);
	th = t_after(feed, fd[1]);
	SHOW(select(n, &r, NULL, &e, NULL));
	printf("%d\n", !!FD_ISSET(fd[0], &r));
	t_join(th);
	SHOW(read(fd[0], b, 1));
	th = t_after(feed, fd[1]);
	SHOW(pselect(n, &r, NULL, NULL, NULL, NULL));
	printf("%d\n", !!FD_ISSET(fd[0], &r));
	t_join(th);
	/* Beyond the count nothing is looked at. */
	SHOW(select(0, &r, NULL, NULL, &(struct timeval){ 0, 0 }));
	printf("%d\n", !!FD_ISSET(fd[0], &r));
}

static void body(void)
{
	t_streams(one);
}

int main(void)
{
	t_both(body);
	return t_end();
}
