/* poll(), ppoll(), select(), pselect() with nothing ready: 0, in time. */
#include "t.h"

#define TIMED(e)                                \
	do {                                    \
		double t = t_now();             \
		SHOW(e);                        \
		t = t_now() - t;                \
		CHECK(t >= 0.055 && t < 8.0);   \
	} while (0)

static void one(int fd[2])
{
	struct pollfd p[2] = { { fd[0], POLLIN, 7 }, { -1, POLLIN, 7 } };
	struct timespec ts = { 0, 60000000 };
	struct timeval tv = { 0, 60000 };
	fd_set r;

	TIMED(poll(p, 2, 60));
	printf("%#x %#x\n", p[0].revents, p[1].revents);
	TIMED(ppoll(p, 2, &ts, NULL));
	CHECK(ts.tv_nsec == 60000000);
	FD_ZERO(&r);
	FD_SET(fd[0], &r);
	TIMED(select(fd[0] + 1, &r, NULL, NULL, &tv));
	CHECK(!FD_ISSET(fd[0], &r));
	CHECK(tv.tv_sec == 0 && tv.tv_usec == 0);
	FD_SET(fd[0], &r);
	TIMED(pselect(fd[0] + 1, &r, NULL, NULL, &ts, NULL));
	CHECK(ts.tv_nsec == 60000000);
	CHECK(!FD_ISSET(fd[0], &r));
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
