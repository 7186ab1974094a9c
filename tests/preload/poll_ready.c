/* poll(): what is ready is told at once, whatever the timeout. */
#include "t.h"

static void one(int fd[2])
{
	static const int ms[] = { 0, -1, 5000 };
	struct pollfd p[2] = { { fd[0], POLLIN, 7 }, { fd[1], POLLOUT, 7 } };

	SHOW(poll(p, 1, 0));
	printf("%#x\n", p[0].revents);
	t_put(fd[1], "x", 1);
	for (int i = 0; i < 3; i++) {
		SHOW(poll(p, 2, ms[i]));
		printf("%#x %#x\n", p[0].revents, p[1].revents);
	}
	p[0].events = POLLIN | POLLRDNORM | POLLPRI;
	p[1].events = 0;
	SHOW(poll(p, 2, -1));
	printf("%#x %#x\n", p[0].revents, p[1].revents);
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
