/* dup(): a second name for the same socket; either works while the other
 * is closed. */
#include "t.h"

static void feed(int fd)
{
	t_put(fd, "x", 1);
}

static void one(int fd[2])
{
	char b[4];
	int d = DO(dup(fd[0])), w = DO(dup(fd[1]));
	pthread_t th = t_after(feed, w);

	SHOW(fcntl(d, F_GETFD));
	SHOW(read(d, b, 4));
	t_join(th);
	DO(close(fd[0]));
	fd[0] = -1;
	th = t_after(feed, fd[1]);
	SHOW(read(d, b, 4));
	t_join(th);
	DO(close(fd[1]));
	fd[1] = -1;
	/* The writing side is still open through its dup. */
	th = t_after(feed, w);
	SHOW(read(d, b, 4));
	t_join(th);
	DO(close(w));
	SHOW(read(d, b, 4));
	DO(close(d));
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
