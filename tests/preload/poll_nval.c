/* Descriptors that are none: POLLNVAL, EBADF from select(); bad arguments. */
#include "t.h"

static void feed(int fd)
{
	t_put(fd, "x", 1);
}

static void one(int fd[2])
{
	int bad = DO(dup(0));
	struct pollfd p[4] = { { fd[0], POLLIN, 0 },
			       { bad, POLLIN, 0 },
			       { -1, POLLIN, 9 },
			       { INT_MAX, POLLIN, 9 } };
	struct timespec neg = { -1, 0 }, big = { 0, 1000000000 };
	struct timeval tv = { -1, 0 };
	fd_set s;
	pthread_t th;

	DO(close(bad));
	SHOW(poll(p, 4, -1));
	for (int i = 0; i < 4; i++)
		printf("%#x\n", p[i].revents);
	p[1].fd = ~bad;
	p[3].fd = -9;
	th = t_after(feed, fd[1]);
	SHOW(poll(p, 4, -1));
	t_join(th);
	for (int i = 0; i < 4; i++)
		printf("%#x\n", p[i].revents);
	FD_ZERO(&s);
	FD_SET(bad, &s);
	SHOW(select(bad + 1, &s, NULL, NULL, NULL));
	SHOW(pselect(bad + 1, NULL, &s, NULL, NULL, NULL));
	SHOW(select(-1, NULL, NULL, NULL, NULL));
	SHOW(select(0, NULL, NULL, NULL, &tv));
	SHOW(ppoll(p, 1, &neg, NULL));
	SHOW(ppoll(p, 1, &big, NULL));
	SHOW(pselect(0, NULL, NULL, NULL, &big, NULL));
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
