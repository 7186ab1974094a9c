/* A realtime signal ends nobody's wait in a process that has never made a
 * thread: its handler runs, and the wait goes on. */
#include "t.h"

static volatile sig_atomic_t value;

static void on_signal(int sig, siginfo_t *info, void *uc)
{
	(void)sig;
	(void)uc;
	value = info->si_value.sival_int;
}

int main(void)
{
	struct sigaction sa = { .sa_sigaction = on_signal,
				.sa_flags = SA_SIGINFO };
	struct sigevent ev = { .sigev_notify = SIGEV_SIGNAL };
	struct itimerspec in = { .it_value.tv_nsec = 20000000 };
	pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
	pthread_cond_t c = PTHREAD_COND_INITIALIZER;
	struct timespec ts;
	timer_t timer;
	int r = 0;

	ev.sigev_signo = SIGRTMIN + 1;
	ev.sigev_value.sival_int = 7;
	DO(sigaction(SIGRTMIN + 1, &sa, NULL));
	DO(timer_create(CLOCK_MONOTONIC, &ev, &timer));
	DO(timer_settime(timer, 0, &in, NULL));
	ts = t_in(CLOCK_REALTIME, 200);
	PDO(pthread_mutex_lock(&m));
	while (r == 0)
		r = pthread_cond_timedwait(&c, &m, &ts);
	PSHOW(r);
	printf("value %d\n", value);
	return t_end();
}
