/* A call that hundreds of handlers restart takes no more stack for it. */
#include "t.h"
#include <sys/timerfd.h>

#define TIMES 500

static int hits, up;

static void on(int sig)
{
	(void)sig;
	t_inc(&hits);
}

static void *reader(void *arg)
{
	uint64_t n;

	t_set(&up, 1);
	SHOW(read(*(int *)arg, &n, sizeof(n)));
	return NULL;
}

int main(void)
{
	struct itimerspec soon = { .it_value.tv_nsec = 1 };
	int fd = DO(timerfd_create(CLOCK_MONOTONIC, 0));
	pthread_attr_t attr;
	pthread_t th;

	t_handle(SIGUSR1, on, SA_RESTART);
	PDO(pthread_attr_init(&attr));
	PDO(pthread_attr_setstacksize(&attr, 64 * 1024));
	PDO(pthread_create(&th, &attr, reader, &fd));
	t_await(t_get(&up));
	for (int i = 1; i <= TIMES; i++) {
		PDO(pthread_kill(th, SIGUSR1));
		while (t_get(&hits) < i)
			sched_yield();
	}
	DO(timerfd_settime(fd, 0, &soon, NULL));
	t_join(th);
	printf("%d\n", t_get(&hits));
	return t_end();
}
