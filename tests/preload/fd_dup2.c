/* dup2() and dup3(): onto free and used numbers, onto itself, refusals. */
#include "t.h"

static void feed(int fd)
{
	t_put(fd, "x", 1);
}

static void body(void)
{
	int a[2], b[2];
	char buf[4];
	pthread_t th;

	t_pair(SOCK_STREAM, a);
	DO(pipe(b));
	SHOW(dup2(a[0], 50));
	SHOW(dup2(a[0], a[0]) == a[0]);
	SHOW(dup3(a[0], 51, O_CLOEXEC));
	SHOW(fcntl(51, F_GETFD));
	SHOW(fcntl(50, F_GETFD));
	SHOW(dup3(a[0], a[0], 0));
	SHOW(dup3(a[0], 52, O_NONBLOCK));
	SHOW(dup2(a[0], -1));
	SHOW(dup2(a[0], INT_MAX));
	/* The pipe's reading end is replaced: its writer sees it go. */
	SHOW(dup2(a[0], b[0]) == b[0]);
	SHOW(write(b[1], "x", 1));
	th = t_after(feed, a[1]);
	SHOW(recv(b[0], buf, 4, 0));
	t_join(th);
	th = t_after(feed, a[1]);
	SHOW(read(50, buf, 4));
	t_join(th);
	DO(close(50));
	DO(close(51));
	t_close2(a);
	SHOW(recv(b[0], buf, 4, 0));
	t_close2(b);
}

int main(void)
{
	signal(SIGPIPE, SIG_IGN);
	t_both(body);
	return t_end();
}
