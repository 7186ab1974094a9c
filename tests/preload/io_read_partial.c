/* A read takes what is there, never waits for more, and leaves the rest. */
#include "t.h"

static void one(int fd[2])
{
	char b[64] = "";

	t_put(fd[1], "0123456789", 10);
	SHOW(read(fd[0], b, 4));
	printf("%.4s\n", b);
	SHOW(t_readable(fd[0]));
	SHOW(read(fd[0], b, 60));
	printf("%.6s\n", b);
	SHOW(t_readable(fd[0]));
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
