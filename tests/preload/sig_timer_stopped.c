/* A timer's signal that was sent before the timer is stopped, or the signal's
 * action changed, is handled by then, and as it was to be handled before. */
#include "t.h"

#define TIMES 300

static int hits, lost;

static void on(int sig)
{
	(void)sig;
	t_inc(&hits);
}

static void stop_timer(void)
{
	alarm(0);
}

static void set_timer(void)
{
	struct itimerval none = { { 0, 0 }, { 0, 0 } };

	DO(setitimer(ITIMER_REAL, &none, NULL));
}

static void by_default(void)
{
	struct sigaction sa = { .sa_handler = SIG_DFL };

	DO(sigaction(SIGALRM, &sa, NULL));
}

static void ignore(void)
{
	signal(SIGALRM, SIG_IGN);
}

static void no_more_time(void)
{
	struct itimerval it;

	do
		DO(getitimer(ITIMER_REAL, &it));
	while (it.it_value.tv_usec);
}

static void expire(void)
{
	struct itimerval it = { { 0, 0 }, { 0, 300 } };

	DO(setitimer(ITIMER_REAL, &it, NULL));
	usleep(1);	/* from now on it is away if it ever is */
	no_more_time();
	/* or there was less than a microsecond left */
	for (double end = t_now() + 5e-6; t_now() < end;)
		;
	no_more_time();
}

static void many(const char *how, void (*then)(void))
{
	t_set(&lost, 0);
	for (int i = 0; i < TIMES; i++) {
		signal(SIGALRM, on);
		t_set(&hits, 0);
		expire();
		then();
		if (t_get(&hits) != 1)
			t_inc(&lost);
	}
	printf("%s: %d lost\n", how, lost);
}

int main(void)
{
	alarm(0);	/* the watchdog's is the one that there is */
	t_background_without(SIGALRM);
	many("alarm()", stop_timer);
	many("setitimer()", set_timer);
	many("SIG_IGN", ignore);
	many("SIG_DFL", by_default);
	return t_end();
}
