/* Reads and writes of no bytes return at once and change nothing. */
#include "t.h"

static void one(int fd[2])
{
	char b[8];

	SHOW(read(fd[0], b, 0));
	SHOW(write(fd[1], b, 0));
	SHOW(t_readable(fd[0]));
	t_put(fd[1], "x", 1);
	SHOW(read(fd[0], b, 0));
	SHOW(t_readable(fd[0]));
	SHOW(read(fd[0], b, 8));
	SHOW(read(fd[0], NULL, 0));
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
