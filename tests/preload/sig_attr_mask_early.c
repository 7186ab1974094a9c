/* Threads whose attributes let a signal in that the rest block: its handler, which
   waits, may be the first that they do. */
#include "t.h"

#define THREADS 8
#define ROUNDS	20

static _Atomic int got, runs, over;

static void on(int sig)
{
	(void)sig;
	got++;
	usleep(50);
}

static void *count(void *arg)
{
	runs++;
	return arg;
}

static void *shower(void *arg)
{
	while (!over) {
		kill(getpid(), SIGUSR1);
		usleep(20);
	}
	return arg;
}

static void round_(const pthread_attr_t *attr)
{
	pthread_t th[THREADS];

	for (int i = 0; i < THREADS; i++)
		PDO(pthread_create(&th[i], attr, count, NULL));
	for (int i = 0; i < THREADS; i++)
		t_join(th[i]);
}

int main(void)
{
	struct sigaction sa = { .sa_handler = on, .sa_flags = SA_RESTART };
	sigset_t one, none;
	pthread_attr_t attr;
	pthread_t th;

	sigemptyset(&none);
	sigemptyset(&one);
	sigaddset(&one, SIGUSR1);
	DO(sigaction(SIGUSR1, &sa, NULL));
	PDO(pthread_sigmask(SIG_BLOCK, &one, NULL));
	t_background();
	th = t_go(shower, NULL);
	pthread_attr_init(&attr);
	PDO(pthread_attr_setsigmask_np(&attr, &none));
	for (int i = 0; i < ROUNDS || !got; i++)
		round_(&attr);
	over = 1;
	t_join(th);
	printf("runs enough: %d\n", runs >= THREADS * ROUNDS);
	return t_end();
}
