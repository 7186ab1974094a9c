/* Several threads poll one descriptor: data wakes them all. */
#include "t.h"

#define THREADS 4
static int fd[2];

static void *poller(void *arg)
{
	struct pollfd p = { fd[0], POLLIN, 0 };
	int r;

	(void)arg;
	r = poll(&p, 1, 15000);
	return (void *)(intptr_t)(r * 1000 + p.revents);
}

int main(void)
{
	pthread_t th[THREADS];

	t_pair(SOCK_STREAM, fd);
	for (int i = 0; i < THREADS; i++)
		th[i] = t_go(poller, NULL);
	t_settle();
	t_put(fd[1], "x", 1);
	for (int i = 0; i < THREADS; i++)
		printf("%ld\n", (long)t_join(th[i]));
	return t_end();
}
