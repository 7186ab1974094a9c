/* preadv2() and pwritev2() at position -1 are readv() and writev(). */
#include "t.h"

static void feed(int fd)
{
	t_put(fd, "hello", 5);
}

static void one(int fd[2])
{
	char a[3] = "", b[8] = "";
	struct iovec v[2] = { { a, 2 }, { b, 7 } }, w = { (void *)"wide", 4 };
	pthread_t th;

	SHOW(preadv2(fd[0], v, 2, -1, RWF_NOWAIT));
	th = t_after(feed, fd[1]);
	SHOW(preadv2(fd[0], v, 2, -1, 0));
	printf("%s %s\n", a, b);
	t_join(th);
	SHOW(preadv2(fd[0], v, 2, 0, 0));
	SHOW(pwritev2(fd[1], &w, 1, -1, 0));
	SHOW(pwritev2(fd[1], &w, 1, 0, 0));
	SHOW(preadv(fd[0], v, 2, 0));
	SHOW(pread(fd[0], a, 1, 0));
	SHOW(preadv2(fd[0], v, 1, -1, 0x4000));
	SHOW(read(fd[0], b, 8));
	DO(close(fd[1]));
	fd[1] = -1;
	SHOW(preadv2(fd[0], v, 2, -1, 0));
}

static void body(void)
{
	int f = DO(memfd_create("file", 0));
	char b[8] = "";
	struct iovec v = { b, 8 }, w = { (void *)"file", 4 };

	t_streams(one);
	SHOW(pwritev2(f, &w, 1, 2, 0));
	SHOW(preadv2(f, &v, 1, 0, 0));
	SHOW(preadv2(f, &v, 1, -1, 0));
	SHOW(preadv2(f, &v, 1, -1, 0));
	DO(close(f));
	SHOW(preadv2(-1, &v, 1, -1, 0));
}

int main(void)
{
	t_both(body);
	return t_end();
}
