/* A descriptor made nonblocking and blocking again waits again. */
#include "t.h"

static void feed(int fd)
{
	t_put(fd, "x", 1);
}

static void one(int fd[2])
{
	int on = 1, off = 0;
	char b[4];
	pthread_t th;

	DO(fcntl(fd[0], F_SETFL, O_NONBLOCK));
	SHOW(read(fd[0], b, 4));
	DO(fcntl(fd[0], F_SETFL, 0));
	th = t_after(feed, fd[1]);
	SHOW(read(fd[0], b, 4));
	t_join(th);
	DO(ioctl(fd[0], FIONBIO, &on));
	SHOW(read(fd[0], b, 4));
	DO(ioctl(fd[0], FIONBIO, &off));
	SHOW(fcntl(fd[0], F_GETFL) & O_NONBLOCK);
	th = t_after(feed, fd[1]);
	SHOW(read(fd[0], b, 4));
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
