/* close(): once it is 0, twice EBADF, and the peer sees it at once. */
#include "t.h"

static void one(int fd[2])
{
	int n = fd[0];
	char b[4];

	t_put(fd[1], "x", 1);
	SHOW(read(fd[0], b, 4));
	fd[0] = -1;
	SHOW(close(n));
	SHOW(close(n));
	SHOW(fcntl(n, F_GETFD));
	n = fd[1];
	fd[1] = -1;
	SHOW(close(n));
	SHOW(close(n));
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
