/* sigqueue() to the process: the handler gets value, sender and code, while
 * main waits and workers do. (Which of them takes it is the kernel's choice:
 * now and then it is not main, natively, too.) */
#include "t.h"

static int fd[2], hits, made;

static void on(int sig, siginfo_t *info, void *uc)
{
	(void)uc;
	printf("%s: value %d, code %s, from us %d\n",
	       sigabbrev_np(sig), info->si_value.sival_int,
	       info->si_code == SI_QUEUE ? "QUEUE" : "other",
	       info->si_pid == getpid());
	t_inc(&hits);
}

static void tell(int i)
{
	/* not while main is in pthread_create(), which blocks signals */
	t_await(t_get(&made) == i);
	DO(sigqueue(getpid(), SIGUSR1, (union sigval){ .sival_int = i }));
	t_await(t_get(&hits) == i);
	t_put(fd[1], "x", 1);
}

int main(void)
{
	struct sigaction sa = { .sa_flags = SA_SIGINFO | SA_RESTART };
	char b;

	sa.sa_sigaction = on;
	DO(sigaction(SIGUSR1, &sa, NULL));
	DO(pipe(fd));
	for (int i = 0; i < 4; i++)
		t_background();
	for (int i = 1; i <= 3; i++) {
		pthread_t th = t_after(tell, i);

		t_set(&made, i);
		SHOW(read(fd[0], &b, 1));
		t_join(th);
	}
	SHOW(sigqueue(getpid(), 999, (union sigval){ .sival_int = 0 }));
	return t_end();
}
