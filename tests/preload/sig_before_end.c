/* A signal to the process, taken by the only thread that does not block it,
 * has been handled when that thread has ended. */
#include "t.h"

#define ROUNDS 200

static pthread_barrier_t ready;
static sem_t go;
static int handled, sum;

static void on_signal(int sig, siginfo_t *info, void *uc)
{
	(void)sig;
	(void)uc;
	t_inc(&handled);
	__atomic_add_fetch(&sum, info->si_value.sival_int, __ATOMIC_SEQ_CST);
}

static void *taker(void *arg)
{
	sigset_t set;

	(void)arg;
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigaddset(&set, SIGRTMIN);
	PDO(pthread_sigmask(SIG_UNBLOCK, &set, NULL));
	pthread_barrier_wait(&ready);
	while (sem_wait(&go) < 0)
		;
	return NULL;
}

static void rounds(int sig)
{
	int missed = 0;

	for (int i = 0; i < ROUNDS; i++) {
		pthread_t th = t_go(taker, NULL);
		int before = t_get(&handled);

		pthread_barrier_wait(&ready);
		if (i % 2)
			sched_yield();
		DO(sigqueue(getpid(), sig, (union sigval){ .sival_int = 1 }));
		DO(sem_post(&go));
		t_join(th);
		missed += t_get(&handled) != before + 1;
	}
	printf("missed %d, values %d\n", missed, t_get(&sum));
}

int main(void)
{
	struct sigaction sa = { .sa_sigaction = on_signal,
				.sa_flags = SA_SIGINFO };
	sigset_t all;

	sigfillset(&all);
	sigdelset(&all, SIGALRM);
	PDO(pthread_sigmask(SIG_SETMASK, &all, NULL));
	DO(sigaction(SIGUSR1, &sa, NULL));
	DO(sigaction(SIGRTMIN, &sa, NULL));
	DO(sem_init(&go, 0, 0));
	PDO(pthread_barrier_init(&ready, NULL, 2));
	t_background();
	rounds(SIGUSR1);
	rounds(SIGRTMIN);
	return t_end();
}
