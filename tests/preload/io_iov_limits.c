/* readv() and writev() with silly vector counts and lengths. */
#include "t.h"

static struct iovec many[IOV_MAX + 1];

static void one(int fd[2])
{
	static char buf[IOV_MAX + 1];
	volatile int minus = -1, over = IOV_MAX + 1;
	struct iovec huge = { buf, (size_t)-1 };

	for (int i = 0; i <= IOV_MAX; i++)
		many[i] = (struct iovec){ buf + i, 1 };
	SHOW(readv(fd[0], many, 0));
	SHOW(writev(fd[1], many, 0));
	SHOW(readv(fd[0], many, minus));
	SHOW(writev(fd[1], many, minus));
	SHOW(writev(fd[1], many, over));
	SHOW(readv(fd[0], many, over));
	SHOW(writev(fd[1], &huge, 1));
	SHOW(readv(fd[0], &huge, 1));
	SHOW(writev(fd[1], many, IOV_MAX));
	SHOW(readv(fd[0], many, IOV_MAX));
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
