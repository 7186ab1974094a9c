/* readv(): scatters what is there, waits when nothing is. */
#include "t.h"

static void feed(int fd)
{
	t_put(fd, "abcdefg", 7);
}

static void one(int fd[2])
{
	char a[3], b[2], c[8];
	struct iovec v[4] = { { a, 3 }, { NULL, 0 }, { b, 2 }, { c, 8 } };
	pthread_t th;

	t_put(fd[1], "ABCD", 4);
	SHOW(readv(fd[0], v, 4));
	printf("%.3s %.1s\n", a, b);
	th = t_after(feed, fd[1]);
	SHOW(readv(fd[0], v, 4));
	printf("%.3s %.2s %.2s\n", a, b, c);
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
