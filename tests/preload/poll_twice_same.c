/* The same descriptor several times in one set, with different events.  Data that
 * come while poll() looks may be seen in the last place alone, so it is asked once
 * more. */
#include "t.h"

static void feed(int fd)
{
	t_put(fd, "x", 1);
}

static void one(int fd[2])
{
	struct pollfd p[3] = { { fd[0], POLLIN, 0 },
			       { fd[0], POLLPRI, 0 },
			       { fd[0], POLLIN, 0 } };
	char b[4];
	pthread_t th = t_after(feed, fd[1]);

	CHECK(poll(p, 3, -1) > 0);
	CHECK(p[2].revents == POLLIN);
	t_join(th);
	SHOW(poll(p, 3, -1));
	printf("%#x %#x %#x\n", p[0].revents, p[1].revents, p[2].revents);
	SHOW(read(fd[0], b, 4));
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
