/* read(): data already there, and data that comes while it waits. */
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
	n = SHOW(read(fd[0], b, sizeof(b)));
	printf("%.*s\n", (int)n, b);
	th = t_after(feed, fd[1]);
	n = SHOW(read(fd[0], b, sizeof(b)));
	printf("%.*s\n", (int)n, b);
	t_join(th);
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
