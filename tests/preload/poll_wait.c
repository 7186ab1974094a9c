/* poll() waits for data, without a limit and with one. */
#include "t.h"

static void feed(int fd)
{
	t_put(fd, "x", 1);
}

static void one(int fd[2])
{
	static const int ms[] = { -1, 15000, INT_MAX };
	char b[4];

	for (int i = 0; i < 3; i++) {
		struct pollfd p = { fd[0], POLLIN, 0 };
		pthread_t th = t_after(feed, fd[1]);

		SHOW(poll(&p, 1, ms[i]));
		printf("%#x\n", p.revents);
		SHOW(read(fd[0], b, 4));
		t_join(th);
	}
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
