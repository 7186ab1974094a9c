/* Queued realtime signals come in the order in which they were sent, to a
 * thread that waits. */
#include "t.h"

#define COUNT 20
static int fd[2], got[2 * COUNT], n, ready;

static void on(int sig, siginfo_t *info, void *uc)
{
	(void)sig;
	(void)uc;
	got[n] = info->si_value.sival_int;
	t_inc(&n);
}

static void *worker(void *arg)
{
	char b;

	(void)arg;
	t_set(&ready, 1);
	t_take(fd[0], &b, 1);
	t_await(t_get(&n) == COUNT);
	return NULL;
}

int main(void)
{
	struct sigaction sa = { .sa_flags = SA_SIGINFO | SA_RESTART };

	sa.sa_sigaction = on;
	DO(sigaction(SIGRTMIN + 3, &sa, NULL));
	DO(pipe(fd));
	for (int round = 0; round < 5; round++) {
		pthread_t th = t_go(worker, NULL);
		int ordered = 1;

		t_await(t_get(&ready));
		t_settle();
		for (int i = 0; i < COUNT; i++)
			PDO(pthread_sigqueue(th, SIGRTMIN + 3,
					     (union sigval){ .sival_int = i }));
		t_put(fd[1], "x", 1);
		t_join(th);
		for (int i = 0; i < COUNT; i++)
			ordered &= got[i] == i;
		printf("%d, in order: %d\n", n, ordered);
		t_set(&n, 0);
		t_set(&ready, 0);
	}
	return t_end();
}
