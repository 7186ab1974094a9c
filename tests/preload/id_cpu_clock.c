/* What a thread has used of the CPU, by each name that it has: it goes on over
 * the thread's waits, never goes back, and is its own. */
#include "cpu.h"

#define PAIRS 2
#define SLICES 3

static int64_t by_number(void)
{
	struct timespec ts = { 0, 0 };

	DO(syscall(SYS_clock_gettime, CLOCK_THREAD_CPUTIME_ID, &ts));
	return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

static int64_t by_id(void)
{
	clockid_t clock;

	if (pthread_getcpuclockid(pthread_self(), &clock))
		t_die("pthread_getcpuclockid");
	return cpu_of(clock);
}

static int64_t by_made_id(void)
{
	return cpu_of((clockid_t)(~(unsigned)gettid() << 3 | 6));
}

static int64_t us(const struct timeval *tv)
{
	return (int64_t)tv->tv_sec * 1000000 + tv->tv_usec;
}

static int64_t by_usage(void)
{
	struct rusage ru;

	DO(getrusage(RUSAGE_THREAD, &ru));
	return (us(&ru.ru_utime) + us(&ru.ru_stime)) * 1000;
}

static int64_t by_usage_number(void)
{
	struct rusage ru;

	DO(syscall(SYS_getrusage, RUSAGE_THREAD, &ru));
	return (us(&ru.ru_utime) + us(&ru.ru_stime)) * 1000;
}

struct one {
	int64_t (*ask)(void);
	int64_t used;
	int computes, back, lost_errno;
	pthread_t th;
};

static int64_t ask(struct one *o, int64_t before)
{
	int64_t now;

	errno = EXDEV;
	now = o->ask();
	o->lost_errno |= errno != EXDEV;
	o->back |= now < before;
	return now;
}

static void *run(void *arg)
{
	struct one *o = arg;
	int64_t first = ask(o, 0), now = first;

	for (int i = 0; i < SLICES; i++) {
		if (o->computes)
			cpu_compute();
		else
			t_settle();
		now = ask(o, now);
	}
	o->used = now - first;
	return NULL;
}

static void check(const char *name, int64_t (*by)(void))
{
	struct one all[2 * PAIRS] = { 0 };
	int back = 0, lost_errno = 0;
	int64_t slept = 0, computed = INT64_MAX;

	for (int i = 0; i < 2 * PAIRS; i++) {
		all[i].ask = by;
		all[i].computes = i & 1;
		all[i].th = t_go(run, &all[i]);
	}
	for (int i = 0; i < 2 * PAIRS; i++) {
		struct one *o = &all[i];

		t_join(o->th);
		back |= o->back;
		lost_errno |= o->lost_errno;
		if (o->computes && o->used < computed)
			computed = o->used;
		if (!o->computes && o->used > slept)
			slept = o->used;
	}
	printf("-- %s\n", name);
	CHECK(!back);
	CHECK(!lost_errno);
	CHECK(slept < computed);
}

int main(void)
{
	t_background();
	check("clock_gettime()", cpu_own);
	check("by number", by_number);
	check("pthread_getcpuclockid()", by_id);
	check("an id made by hand", by_made_id);
	check("getrusage()", by_usage);
	check("getrusage by number", by_usage_number);
	return t_end();
}
