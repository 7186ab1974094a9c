/* select() on numbers in several words of the set, up to FD_SETSIZE.  Data that
 * come while it looks may be seen of the later number alone, so what woke it is
 * asked once more. */
#include "t.h"

static int fd[2];

static void feed(int s)
{
	t_put(s, "x", 1);
}

static void both(int n, fd_set *r)
{
	FD_ZERO(r);
	FD_SET(n, r);
	FD_SET(fd[0], r);
}

static void body(void)
{
	static const int num[] = { 63, 64, 127, 500, 1023 };

	for (int i = 0; i < 5; i++) {
		fd_set r;
		char b[4];
		pthread_t th;
		int n;

		t_pair(SOCK_STREAM, fd);
		n = DO(dup2(fd[0], num[i]));
		both(n, &r);
		th = t_after(feed, fd[1]);
		CHECK(select(n + 1, &r, NULL, NULL, NULL) > 0);
		CHECK(FD_ISSET(n, &r));
		t_join(th);
		both(n, &r);
		SHOW(select(n + 1, &r, NULL, NULL, NULL));
		printf("%d %d\n", !!FD_ISSET(n, &r), !!FD_ISSET(fd[0], &r));
		t_take(n, b, 1);
		FD_ZERO(&r);
		FD_SET(n, &r);
		SHOW(select(n + 1, &r, NULL, NULL, &(struct timeval){ 0, 0 }));
		DO(close(n));
		t_close2(fd);
	}
}

int main(void)
{
	t_both(body);
	return t_end();
}
