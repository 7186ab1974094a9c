/* Cancelled in a handler that comes before sem_wait() has begun to wait: memset() is
 * libc's, where a thread that is away is not interrupted. */
#include "t.h"

#define SIZE (16 << 20)

static sem_t never;
static int at_it, handling;
static char *buf;

static void on(int sig)
{
	double end = t_now() + 0.008;

	(void)sig;
	t_set(&handling, 1);
	while (t_now() < end)
		;
}

static void *waits(void *arg)
{
	struct timespec limit = t_in(CLOCK_REALTIME, 1000000);

	t_msleep(1);
	t_set(&at_it, 1);
	memset(buf, 1, SIZE);
	for (;;)
		if (arg)
			sem_wait(&never);
		else
			sem_timedwait(&never, &limit);
	return NULL;
}

int main(void)
{
	struct sigaction sa = { .sa_handler = on, .sa_flags = SA_RESTART };
	int cancelled = 0;

	DO(sigaction(SIGUSR1, &sa, NULL));
	DO(sem_init(&never, 0, 0));
	buf = malloc(SIZE);
	for (int i = 0; i < 10; i++) {
		pthread_t th;

		t_set(&at_it, 0);
		t_set(&handling, 0);
		th = t_go(waits, i & 1 ? buf : NULL);
		t_await(t_get(&at_it));
		PDO(pthread_kill(th, SIGUSR1));
		t_await(t_get(&handling));
		PDO(pthread_cancel(th));
		cancelled += t_join(th) == PTHREAD_CANCELED;
	}
	printf("%d\n", cancelled);
	free(buf);
	return t_end();
}
