/*
 * time.c - sleeping, and the clocks of threads
 *
 * A sleep is a deadline and nothing else.  Handlers always end one (signal(7):
 * the sleeps are never restarted).  A sleep on a clock that can be set, or
 * that runs on a thread's own time, is a matter for home.
 *
 * What a thread uses of the CPU while away is in its carrier's clock, among
 * what others used.  So a thread whose CPU clock somebody asks for waits at
 * home from then on, and its kernel thread's clock is right.  What it used
 * away before that is not in it; and if its kernel thread has been another's, what
 * that used is: so there are no more such from then on.
 *
 * A library between libc and us may give the program a time of its own.  What the
 * program says of time is in that then, our deadlines are in the kernel's; and a
 * sleep is that library's business, which it may make shorter.
 */
#include "shim/intern.h"

static int64_t ns_of(const struct timespec *ts)
{
	if (ts->tv_sec > FOREVER / 1000000000 - 1)
		return FOREVER;
	if (ts->tv_sec < -FOREVER / 2000000000)
		return -FOREVER / 2;
	return ts->tv_sec * INT64_C(1000000000) + ts->tv_nsec;
}

static bool clock_faked(void)
{
	return unlikely(real(clock_gettime) != shim_conf.clock);
}

/* What the program says by a faked clock, by the kernel's: once for all, for that
   clock may stand still. */
static struct limit by_kernels(clockid_t clock, const struct timespec *abs)
{
	struct limit l = { CLOCK_MONOTONIC, true, *abs };
	struct timespec now;
	int64_t left, at = now_ns();

	if (abs->tv_nsec < 0 || abs->tv_nsec > 999999999 ||
	    real(clock_gettime)(clock, &now))
		return l;
	if (__builtin_sub_overflow(ns_of(abs), ns_of(&now), &left) ||
	    left > FOREVER - at)
		left = FOREVER - at;
	at = left < -at ? 0 : at + left;
	l.abs.tv_sec = at / 1000000000;
	l.abs.tv_nsec = at % 1000000000;
	return l;
}

struct limit limit_at(clockid_t clock, const struct timespec *abs)
{
	if (!abs)
		return NO_LIMIT;
	return clock_faked() ? by_kernels(clock, abs) :
			       (struct limit){ clock, true, *abs };
}

int64_t limit_deadline(const struct limit *l)
{
	const struct timespec *abs = &l->abs;
	struct timespec now;
	int64_t left, at;

	if (!l->any)
		return FOREVER;
	if (abs->tv_nsec < 0 || abs->tv_nsec > 999999999)
		return -EINVAL;
	if (abs->tv_sec < 0)
		return 0;
	if (l->clock == CLOCK_MONOTONIC)
		return ns_of(abs);
	real(clock_gettime)(l->clock, &now);
	at = now_ns();
	left = ns_of(abs) - ns_of(&now);
	if (left <= -at)
		return 0;
	return left > FOREVER - at ? FOREVER : at + left;
}

/* The clock may have been set back since. */
bool limit_passed(const struct limit *l, int r)
{
	return r == -ETIMEDOUT && limit_deadline(l) <= now_ns();
}

/* ns: more than the clock is ever slewed by in a second or two. */
#define CLOCK_JUMP 10000000

/*
 * About once a second: whoever waits until a time of the clock that can be set
 * looks at it again when it has been.
 */
void clock_watch(void)
{
	static int64_t before;
	int64_t now = now_ns(), ahead;
	struct timespec ts;

	if (clock_faked())
		return;		/* by_kernels() */
	real(clock_gettime)(CLOCK_REALTIME, &ts);
	ahead = ns_of(&ts) - now;
	if (now_ns() - now > CLOCK_JUMP / 10)
		return;		/* the CPU was taken away in between */
	if (before && (ahead - before > CLOCK_JUMP ||
		       before - ahead > CLOCK_JUMP))
		threads_look_again();
	before = ahead;
}

/* 0, or EINTR as a positive number. */
static int sleep_until(int64_t deadline)
{
	attend_first();
	for (;;) {
		enum verdict v;

		shim_testcancel();
		if (thread_sleep(deadline) == 0) {
			attend_late();
			return 0;
		}
		v = attend();
		shim_testcancel();
		if (v != NO_HANDLER)
			return EINTR;
	}
}

static bool bad(const struct timespec *ts)
{
	return ts->tv_sec < 0 || ts->tv_nsec < 0 || ts->tv_nsec > 999999999;
}

/* CLOCK_REALTIME for a span of time is monotonic (POSIX). */
static bool can_sleep(clockid_t clock, int flags, const struct timespec *ts)
{
	if (!ring_up || atomic_load(&ring_over) || clock_faked() ||
	    !thread_self() || !ts || !readable(ts, sizeof(*ts)) || bad(ts))
		return false;
	return clock == CLOCK_MONOTONIC ||
	       (clock == CLOCK_REALTIME && !(flags & TIMER_ABSTIME));
}

EXPORT int clock_nanosleep(clockid_t clock, int flags,
			   const struct timespec *ts, struct timespec *left)
{
	int64_t deadline, ns, now;
	int r;

	if (!can_sleep(clock, flags, ts)) {
		shim_go_home();
		return real(clock_nanosleep)(clock, flags, ts, left);
	}
	ns = ns_of(ts);
	now = now_ns();
	deadline = flags & TIMER_ABSTIME ? ns :
		   ns > FOREVER - now	 ? FOREVER : now + ns;
	r = sleep_until(deadline);
	if (r == 0 || !left || flags & TIMER_ABSTIME)
		return r;
	ns = deadline - now_ns();
	if (ns < 0)
		ns = 0;
	left->tv_sec = ns / 1000000000;
	left->tv_nsec = ns % 1000000000;
	return r;
}

EXPORT int nanosleep(const struct timespec *ts, struct timespec *left)
{
	int r;

	if (!can_sleep(CLOCK_REALTIME, 0, ts)) {
		shim_go_home();
		return real(nanosleep)(ts, left);
	}
	r = clock_nanosleep(CLOCK_REALTIME, 0, ts, left);
	if (r)
		errno = r;
	return r ? -1 : 0;
}

EXPORT int __nanosleep(const struct timespec *ts, struct timespec *left)
{
	return nanosleep(ts, left);
}

EXPORT unsigned int sleep(unsigned int seconds)
{
	struct timespec ts = { .tv_sec = seconds }, left = { 0 };
	int saved = errno;

	if (!ring_up)
		return real(sleep)(seconds);
	if (nanosleep(&ts, &left) < 0)
		return (unsigned int)left.tv_sec;
	errno = saved;
	return 0;
}

EXPORT int usleep(useconds_t us)
{
	struct timespec ts = { .tv_sec = us / 1000000,
			       .tv_nsec = us % 1000000 * 1000L };

	return ring_up ? nanosleep(&ts, NULL) : real(usleep)(us);
}

EXPORT int thrd_sleep(const struct timespec *ts, struct timespec *left)
{
	int r;

	if (!can_sleep(CLOCK_REALTIME, 0, ts)) {
		shim_go_home();
		return real(thrd_sleep)(ts, left);
	}
	r = clock_nanosleep(CLOCK_REALTIME, 0, ts, left);
	return r == 0 ? 0 : r == EINTR ? -1 : -2;
}

/* --- what a thread uses of the CPU -------------------------------------------- */

/* The clocks of threads have numbers made of their ids: see the kernel's
   include/linux/posix-timers_types.h.  Id 0 is the caller's. */
#define OF_THREAD 4
#define OF_DEVICE 3
#define KIND	  3

bool clock_is_own(clockid_t clock)
{
	pid_t tid = ~(clock >> 3);

	if (clock >= 0)
		return clock == CLOCK_THREAD_CPUTIME_ID;
	return clock & OF_THREAD && (clock & KIND) != OF_DEVICE &&
	       (tid == 0 || tid == own_tid());
}

void own_clock(void)
{
	threads_clocked(pthread_self());
	shim_stay_home();
}

/* Programs call it more than anything: the usual clocks cost a comparison. */
EXPORT int clock_gettime(clockid_t clock, struct timespec *ts)
{
	if (unlikely((unsigned)clock > CLOCK_PROCESS_CPUTIME_ID) && shim_on &&
	    clock_is_own(clock))
		own_clock();
	return real(clock_gettime)(clock, ts);
}

EXPORT int timer_create(clockid_t clock, struct sigevent *ev, timer_t *timer)
{
	if (shim_on && clock_is_own(clock))
		own_clock();
	return real(timer_create)(clock, ev, timer);
}

EXPORT int pthread_getcpuclockid(pthread_t th, clockid_t *clock)
{
	if (shim_met() && thread_gone(th))
		return ESRCH;
	threads_clocked(th);
	keep_home(th);
	return real(pthread_getcpuclockid)(th, clock);
}
