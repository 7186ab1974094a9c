/* SA_SIGINFO: who sent it and how, with a value from sigqueue(). */
#include "t.h"

static int fd[2], hits;
static pthread_t waiter;

static void on(int sig, siginfo_t *si, void *ctx)
{
	printf("%s code %d pid %d value %d context %d\n", sigabbrev_np(sig),
	       si->si_code, si->si_pid == getpid(),
	       si->si_code == SI_QUEUE ? si->si_value.sival_int : 0,
	       ctx != NULL);
	t_inc(&hits);
}

static void sends(int s)
{
	union sigval v = { .sival_int = 42 };

	PDO(pthread_kill(waiter, SIGUSR1));
	t_await(t_get(&hits) == 1);
	PDO(pthread_sigqueue(waiter, SIGUSR1, v));
	t_await(t_get(&hits) == 2);
	v.sival_int = 43;
	DO(sigqueue(getpid(), SIGUSR2, v));
	t_await(t_get(&hits) == 3);
	DO(kill(getpid(), SIGUSR2));
	t_await(t_get(&hits) == 4);
	t_put(s, "x", 1);
}

static void body(void)
{
	pthread_t th;
	char b;

	t_set(&hits, 0);
	waiter = pthread_self();
	th = t_after(sends, fd[1]);
	SHOW(read(fd[0], &b, 1));
	t_join(th);
}

int main(void)
{
	struct sigaction sa = { .sa_sigaction = on,
				.sa_flags = SA_SIGINFO | SA_RESTART };

	DO(pipe(fd));
	DO(sigaction(SIGUSR1, &sa, NULL));
	DO(sigaction(SIGUSR2, &sa, NULL));
	t_both(body);
	return t_end();
}
