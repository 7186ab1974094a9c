/* ioctl(): FIONREAD, FIONBIO, FIOCLEX and what is unknown. */
#include "t.h"

static void one(int fd[2])
{
	int on = 1, off = 0, n = -1;
	char b[8];

	SHOW(ioctl(fd[0], FIONREAD, &n));
	printf("%d\n", n);
	t_put(fd[1], "hello", 5);
	SHOW(ioctl(fd[0], FIONREAD, &n));
	printf("%d\n", n);
	SHOW(ioctl(fd[0], FIONBIO, &on));
	SHOW(!!(fcntl(fd[0], F_GETFL) & O_NONBLOCK));
	SHOW(read(fd[0], b, 8));
	SHOW(read(fd[0], b, 8));
	SHOW(ioctl(fd[0], FIONBIO, &off));
	SHOW(fcntl(fd[0], F_GETFL) & O_NONBLOCK);
	SHOW(ioctl(fd[0], FIOCLEX));
	SHOW(fcntl(fd[0], F_GETFD));
	SHOW(ioctl(fd[0], FIONCLEX));
	SHOW(fcntl(fd[0], F_GETFD));
	SHOW(ioctl(fd[0], TCGETS, b) < 0);
	SHOW(ioctl(fd[0], FIONBIO, (void *)(volatile intptr_t){ 16 }));
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
