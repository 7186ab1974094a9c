/* A timer that runs on what a thread uses of the CPU, for one that waits often:
 * its own clock, and another thread's. */
#include "cpu.h"

static int hits;

static void on(int sig)
{
	(void)sig;
	t_inc(&hits);
}

static void arm(clockid_t clock, timer_t *t)
{
	struct sigevent ev = { .sigev_notify = SIGEV_SIGNAL,
			       .sigev_signo = SIGUSR1 };
	struct itimerspec it = { { 0, 0 }, { 0, 10000000 } };

	t_set(&hits, 0);
	DO(timer_create(clock, &ev, t));
	DO(timer_settime(*t, 0, &it, NULL));
}

static void *sets(void *arg)
{
	timer_t t;

	(void)arg;
	cpu_compute();
	arm(CLOCK_THREAD_CPUTIME_ID, &t);
	while (!t_get(&hits))
		cpu_compute();
	printf("hits %d\n", t_get(&hits));
	DO(timer_delete(t));
	return NULL;
}

static void *computes(void *arg)
{
	(void)arg;
	while (!t_get(&hits))
		cpu_compute();
	return NULL;
}

int main(void)
{
	struct sigaction sa = { .sa_handler = on, .sa_flags = SA_RESTART };
	clockid_t clock;
	pthread_t th;
	timer_t t;

	DO(sigaction(SIGUSR1, &sa, NULL));
	t_background();
	t_join(t_go(sets, NULL));
	t_set(&hits, 0);
	th = t_go(computes, NULL);
	t_settle();
	PDO(pthread_getcpuclockid(th, &clock));
	arm(clock, &t);
	t_join(th);
	printf("hits %d\n", t_get(&hits));
	DO(timer_delete(t));
	return t_end();
}
