/* A packet pipe (O_DIRECT) keeps the boundaries of writes. */
#include "t.h"

static void feed(int fd)
{
	t_put(fd, "abc", 3);
	t_put(fd, "defgh", 5);
}

static void body(void)
{
	int fd[2];
	char b[16];
	pthread_t th;

	DO(pipe2(fd, O_DIRECT));
	th = t_after(feed, fd[1]);
	SHOW(read(fd[0], b, 16));
	SHOW(read(fd[0], b, 2));
	t_join(th);
	th = t_after(feed, fd[1]);
	SHOW(read(fd[0], b, 16));
	SHOW(read(fd[0], b, 16));
	t_join(th);
	t_close2(fd);
}

int main(void)
{
	t_both(body);
	return t_end();
}
