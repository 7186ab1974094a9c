/* A hundred descriptors of all kinds: whichever comes, and only that. */
#include "t.h"

#define COUNT 102
static int fd[COUNT][2];

static void feed(int i)
{
	t_put(fd[i][1], "x", 1);
}

static void body(void)
{
	struct pollfd p[COUNT];
	char b[4];

	for (int i = 0; i < COUNT; i++)
		p[i] = (struct pollfd){ fd[i][0], POLLIN, 5 };
	for (int i = 0; i < COUNT; i += 17) {
		pthread_t th = t_after(feed, i);
		int others = 0;

		SHOW(poll(p, COUNT, -1));
		for (int j = 0; j < COUNT; j++)
			others += j != i && p[j].revents;
		printf("%d: %#x and %d others\n", i, p[i].revents, others);
		SHOW(read(fd[i][0], b, 4));
		t_join(th);
	}
	for (int i = 0; i < COUNT; i += 10)
		feed(i);
	SHOW(poll(p, COUNT, -1));
	for (int i = 0; i < COUNT; i += 10)
		t_take(fd[i][0], b, 1);
	SHOW(poll(p, COUNT, 0));
}

int main(void)
{
	for (int i = 0; i < COUNT; i++)
		if (i % 3 == 0)
			DO(pipe(fd[i]));
		else if (i % 3 == 1)
			t_pair(SOCK_STREAM, fd[i]);
		else
			t_tcp(fd[i]);
	t_both(body);
	return t_end();
}
