/* A new thread has its creator's signal mask; its own changes stay its own. */
#include "t.h"

static int fd[2];

static int mask(void)
{
	sigset_t set;

	PDO(pthread_sigmask(SIG_SETMASK, NULL, &set));
	return sigismember(&set, SIGUSR1) + 2 * sigismember(&set, SIGUSR2) +
	       4 * sigismember(&set, SIGTERM) + 8 * sigismember(&set, SIGHUP);
}

static void change(int how, int sig)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, sig);
	PDO(pthread_sigmask(how, &set, NULL));
}

static void *worker(void *arg)
{
	int first = mask();
	char b;

	(void)arg;
	change(SIG_BLOCK, SIGHUP);
	t_take(fd[0], &b, 1);
	change(SIG_UNBLOCK, SIGUSR1);
	return (void *)(intptr_t)(first * 100 + mask());
}

static void feed(int s)
{
	t_put(s, "x", 1);
}

static void one(void)
{
	pthread_t th = t_go(worker, NULL);
	pthread_t f = t_after(feed, fd[1]);

	printf("%ld\n", (long)t_join(th));
	t_join(f);
	printf("creator %d\n", mask());
}

static void body(void)
{
	one();
	change(SIG_BLOCK, SIGUSR1);
	one();
	change(SIG_BLOCK, SIGUSR2);
	one();
	change(SIG_SETMASK, SIGTERM);
	one();
	change(SIG_UNBLOCK, SIGTERM);
	one();
}

int main(void)
{
	DO(pipe(fd));
	t_both(body);
	return t_end();
}
