/* A thread in sigwait() beside threads in recv(): it alone gets the signal. */
#include "t.h"

static int fd[4][2], got;

static void *reader(void *arg)
{
	char b;

	return (void *)(intptr_t)recv(*(int *)arg, &b, 1, 0);
}

static void *waiter(void *arg)
{
	sigset_t *set = arg;
	int sig;

	for (;;) {
		PDO(sigwait(set, &sig));
		printf("sigwait: %s\n", sigabbrev_np(sig));
		t_inc(&got);
		if (sig == SIGTERM)
			return NULL;
	}
}

int main(void)
{
	static const int sigs[] = { SIGUSR1, SIGUSR2, SIGHUP, SIGTERM };
	pthread_t th[4], w;
	sigset_t set;

	sigemptyset(&set);
	for (int i = 0; i < 4; i++)
		sigaddset(&set, sigs[i]);
	PDO(pthread_sigmask(SIG_BLOCK, &set, NULL));
	for (int i = 0; i < 4; i++) {
		t_pair(SOCK_STREAM, fd[i]);
		th[i] = t_go(reader, &fd[i][0]);
	}
	w = t_go(waiter, &set);
	for (int i = 0; i < 4; i++) {
		if (i == 1)
			PDO(pthread_kill(w, sigs[i]));
		else
			DO(kill(getpid(), sigs[i]));
		t_await(t_get(&got) == i + 1);
		t_put(fd[i][1], "x", 1);
		printf("reader %ld\n", (long)t_join(th[i]));
	}
	t_join(w);
	return t_end();
}
