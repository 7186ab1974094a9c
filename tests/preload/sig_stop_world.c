/* As a collector of garbage stops all threads: a handler says that it is there
 * and waits by sigsuspend() for another signal, and for no other.  The threads
 * wait for input then, and have computed for long before that. */
#include "t.h"

enum {
	THREADS = 6,
	ROUNDS = 30
};

static int fd[THREADS][2], early, wrong;
static sem_t there;
static __thread volatile int resumed;

static void go_on(int sig)
{
	(void)sig;
	resumed = 1;
}

static void stop(int sig)
{
	int e = errno;
	sigset_t set;

	(void)sig;
	sigfillset(&set);
	sigdelset(&set, SIGUSR2);
	resumed = 0;
	sem_post(&there);
	sigsuspend(&set);
	if (!resumed)
		t_inc(&early);
	sem_post(&there);
	errno = e;
}

/* Some time; both come to the same. */
static void computes(int n)
{
	unsigned a = 1, c = 1;

	for (int i = 0; i < n; i++) {
		a = a * 1103515245 + 12345;
		c = c * 1103515245 + 12345;
		__asm__ volatile("" : "+r"(a), "+r"(c));
	}
	if (a != c)
		t_inc(&wrong);
}

static void *works(void *arg)
{
	int own = *(int *)arg;
	char b;

	while (read(own, &b, 1) == 1) {
		computes(1000000);
		t_put(own, &b, 1);
	}
	return NULL;
}

static void all_there(void)
{
	for (int i = 0; i < THREADS; i++)
		while (sem_wait(&there))
			;
}

static void work(int times)
{
	char b;

	for (int n = 0; n < times; n++) {
		for (int i = 0; i < THREADS; i++)
			t_put(fd[i][1], "x", 1);
		for (int i = 0; i < THREADS; i++)
			t_take(fd[i][1], &b, 1);
	}
}

int main(void)
{
	pthread_t th[THREADS];
	struct sigaction sa;

	memset(&sa, 0, sizeof(sa));
	sa.sa_handler = stop;
	sa.sa_flags = SA_RESTART;
	sigfillset(&sa.sa_mask);
	DO(sigaction(SIGUSR1, &sa, NULL));
	sa.sa_handler = go_on;
	DO(sigaction(SIGUSR2, &sa, NULL));
	DO(sem_init(&there, 0, 0));
	for (int i = 0; i < THREADS; i++) {
		t_pair(SOCK_STREAM, fd[i]);
		th[i] = t_go(works, &fd[i][0]);
	}
	for (int k = 0; k < ROUNDS; k++) {
		work(k ? 3 : 20);
		t_settle();
		for (int i = 0; i < THREADS; i++) {
			/* so that the kernel prefers who gets it */
			computes(1000000);
			PDO(pthread_kill(th[i], SIGUSR1));
		}
		all_there();
		t_settle();
		for (int i = 0; i < THREADS; i++)
			PDO(pthread_kill(th[i], SIGUSR2));
		all_there();
	}
	for (int i = 0; i < THREADS; i++)
		DO(shutdown(fd[i][1], SHUT_WR));
	for (int i = 0; i < THREADS; i++)
		t_join(th[i]);
	printf("ended early: %d, wrong: %d\n", early, wrong);
	return t_end();
}
