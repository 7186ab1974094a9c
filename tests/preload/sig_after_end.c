/* A signal to the process, when the threads that did not block it have ended,
 * waits for the main thread to take it, value and all. */
#include "t.h"

static int handled, sum;

static void on_signal(int sig, siginfo_t *info, void *uc)
{
	(void)sig;
	(void)uc;
	handled++;
	sum += info->si_value.sival_int;
}

static void *unblocked(void *arg)
{
	sigset_t none;

	sigemptyset(&none);
	PDO(pthread_sigmask(SIG_SETMASK, &none, NULL));
	return arg;
}

static void ended(void)
{
	pthread_t th[8];

	for (int i = 0; i < 8; i++)
		th[i] = t_go(unblocked, NULL);
	for (int i = 0; i < 8; i++)
		t_join(th[i]);
}

static void take(sigset_t *set)
{
	for (int i = 0; i < 5; i++)
		t_settle();
	printf("before: %d\n", handled);
	PDO(pthread_sigmask(SIG_UNBLOCK, set, NULL));
	for (int i = 0; i < 5; i++)
		t_settle();
	printf("after: %d, sum %d\n", handled, sum);
	PDO(pthread_sigmask(SIG_BLOCK, set, NULL));
}

int main(void)
{
	struct sigaction sa = { .sa_sigaction = on_signal,
				.sa_flags = SA_SIGINFO | SA_RESTART };
	union sigval v = { .sival_int = 5 };
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigaddset(&set, SIGRTMIN);
	DO(sigaction(SIGUSR1, &sa, NULL));
	DO(sigaction(SIGRTMIN, &sa, NULL));
	PDO(pthread_sigmask(SIG_BLOCK, &set, NULL));
	ended();
	DO(kill(getpid(), SIGUSR1));
	take(&set);
	sum = 0;
	ended();
	DO(sigqueue(getpid(), SIGRTMIN, v));
	take(&set);
	return t_end();
}
