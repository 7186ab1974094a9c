/* The CPU clock of a new thread, and what RUSAGE_THREAD says of it, begin at 0, also
 * after others that computed; once somebody has looked at such a clock. */
#include "t.h"

#define MS 1000000

static long ns(clockid_t clock)
{
	struct timespec ts;

	DO(clock_gettime(clock, &ts));
	return ts.tv_sec * 1000 * MS + ts.tv_nsec;
}

static void *looks(void *arg)
{
	struct rusage ru;
	long ok;

	DO(getrusage(RUSAGE_THREAD, &ru));
	ok = ru.ru_utime.tv_sec == 0 && ru.ru_utime.tv_usec < 30000 &&
	     ru.ru_stime.tv_sec == 0 && ru.ru_stime.tv_usec < 30000;
	ok = ok && ns(CLOCK_THREAD_CPUTIME_ID) < 40 * MS;
	return arg ? (void *)ok : NULL;
}

static void *computes(void *arg)
{
	long end = ns(CLOCK_PROCESS_CPUTIME_ID) + 60 * MS;

	while (ns(CLOCK_PROCESS_CPUTIME_ID) < end)
		;
	return arg;
}

static void *nothing(void *arg)
{
	t_settle();
	return arg;
}

static int over;

static void *stays(void *arg)
{
	t_await(t_get(&over));
	return arg;
}

int main(void)
{
	pthread_t th;
	clockid_t clock;

	t_join(t_go(nothing, NULL));
	t_join(t_go(looks, NULL));
	for (int i = 0; i < 4; i++) {
		t_join(t_go(computes, NULL));
		printf("new: %ld\n", (long)t_join(t_go(looks, &th)));
	}
	t_join(t_go(computes, NULL));
	th = t_go(stays, NULL);
	PDO(pthread_getcpuclockid(th, &clock));
	printf("seen by another: %d\n", ns(clock) < 40 * MS);
	t_set(&over, 1);
	t_join(th);
	return t_end();
}
