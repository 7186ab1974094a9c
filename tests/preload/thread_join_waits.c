/* join of a thread that has ended, and of one that ends while it waits. */
#include "t.h"

static int fd[2];

static void *reader(void *arg)
{
	char b[4];

	(void)arg;
	return (void *)(intptr_t)read(fd[0], b, 4);
}

static void *quick(void *arg)
{
	t_set((int *)arg, 1);
	return (void *)42;
}

static void feed(int s)
{
	t_put(s, "xyz", 3);
}

static void body(void)
{
	int done = 0;
	pthread_t th = t_go(quick, &done), f;

	t_await(t_get(&done));
	t_settle();
	printf("%ld\n", (long)t_join(th));
	DO(pipe(fd));
	th = t_go(reader, NULL);
	f = t_after(feed, fd[1]);
	printf("%ld\n", (long)t_join(th));
	t_join(f);
	t_close2(fd);
}

int main(void)
{
	t_both(body);
	return t_end();
}
