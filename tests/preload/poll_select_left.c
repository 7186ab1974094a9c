/* select() writes back the time that was left; pselect() does not. */
#include "t.h"

static void feed(int fd)
{
	t_put(fd, "x", 1);
}

static void body(void)
{
	struct timeval tv = { 20, 0 };
	struct timespec ts = { 20, 0 };
	int fd[2];
	char b[4];
	fd_set r;
	pthread_t th;

	t_pair(SOCK_STREAM, fd);
	FD_ZERO(&r);
	FD_SET(fd[0], &r);
	th = t_after(feed, fd[1]);
	SHOW(select(fd[0] + 1, &r, NULL, NULL, &tv));
	CHECK(tv.tv_sec > 5 && tv.tv_sec <= 20);
	t_join(th);
	t_take(fd[0], b, 1);
	th = t_after(feed, fd[1]);
	SHOW(pselect(fd[0] + 1, &r, NULL, NULL, &ts, NULL));
	CHECK(ts.tv_sec == 20 && ts.tv_nsec == 0);
	t_join(th);
	t_close2(fd);
}

int main(void)
{
	t_both(body);
	return t_end();
}
