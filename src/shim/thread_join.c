/*
 * thread_join.c - joining and detaching
 *
 * .claim settles who comes for a thread that has ended (thread.c): a joiner takes
 * it before it waits, and gives it back if its time is up or it is cancelled.  It waits
 * by the address of .done; where everything is libc's again, libc joins.
 */
#include "shim/thread.h"

/* Take the result of a thread that is done; its record is not to be used
   afterwards, but for .claim, which is as told. */
static void collect(struct sthread *s, uint32_t claim, void **result)
{
	void *r = s->result;

	atomic_store(&s->claim, claim);
	if (s->joined) {
		bury(s);
	} else if (s->exits) {
		join_ended(s, &r);
	} else if (!pool_put(s) && !hand_work(s, WORK_OVER)) {
		join_ended(s, NULL);
	}
	if (result)
		*result = r;
}

/* What libc says of a thread that can't be joined or detached: is it over and
   joined, or somebody else's? */
static int why_not(uint32_t claim)
{
	return claim == GONE ? ESRCH : EINVAL;
}

/* May the caller join s?  0 or an error number. */
static int claim_join(struct sthread *s)
{
	uint32_t free = UNCLAIMED;

	if (s == sthread_self()) {
		if (atomic_load(&s->claim) == DETACHED)
			return EINVAL;
		shim_testcancel();
		return EDEADLK;
	}
	if (atomic_compare_exchange_strong(&s->claim, &free, JOINING) ||
	    free == FINISHED)
		return 0;
	return why_not(free);
}

static void unclaim(void *arg)
{
	struct sthread *s = arg;
	uint32_t joining = JOINING;

	if (!atomic_compare_exchange_strong(&s->claim, &joining, UNCLAIMED) &&
	    joining == JOINING_LAST)
		atomic_compare_exchange_strong(&s->claim, &joining, DETACHED);
}

/* Without an engine a thread ends with its kernel thread, whatever ends that.  0
   (it has been joined by libc), or ETIMEDOUT. */
static int wait_ended(struct sthread *s, const struct limit *l)
{
	int r = l->any ? real(pthread_clockjoin_np)(s->self, &s->result,
						    l->clock, &l->abs) :
			 real(pthread_join)(s->self, &s->result);

	s->joined = r == 0;
	return r;
}

/* Cancellation point where it has to wait, as in libc: a joiner that is cancelled,
   or that a handler has jump out of here, lets others join. */
static int wait_done(struct sthread *s, const struct limit *l)
{
	struct _pthread_cleanup_buffer left;
	int r = 0;

	_pthread_cleanup_push(&left, unclaim, s);
	while (!limit_passed(l, r) && not_done(s) && !atomic_load(&shim_over)) {
		shim_testcancel();
		r = addr_wait(&s->done, not_done, s, limit_deadline(l));
		if (r == -EINTR)
			shim_attend();
	}
	if (not_done(s) && atomic_load(&shim_over))
		r = wait_ended(s, l);
	_pthread_cleanup_pop(&left, 0);
	attend_late();
	return r == 0 || !not_done(s) ? 0 : ETIMEDOUT;
}

static int join(pthread_t th, void **result, const struct limit *l)
{
	struct sthread *s = sthread_of(th);
	int r = claim_join(s);

	if (r == 0)
		r = wait_done(s, l);
	if (r == ETIMEDOUT)
		unclaim(s);
	if (r == 0)
		collect(s, GONE, result);
	return r;
}

EXPORT int pthread_join(pthread_t th, void **result)
{
	if (!made_here(th)) {
		shim_go_home();
		return real(pthread_join)(th, result);
	}
	return join(th, result, &NO_LIMIT);
}

EXPORT int pthread_tryjoin_np(pthread_t th, void **result)
{
	struct sthread *s;
	int r;

	if (!made_here(th))
		return real(pthread_tryjoin_np)(th, result);
	s = sthread_of(th);
	if (!not_done(s))
		return join(th, result, &NO_LIMIT);
	r = atomic_load(&shim_over) ? claim_join(s) : EBUSY;
	if (r)
		return r;
	r = real(pthread_tryjoin_np)(th, &s->result);
	s->joined = r == 0;
	if (r)
		unclaim(s);
	else
		collect(s, GONE, result);
	return r;
}

EXPORT int pthread_clockjoin_np(pthread_t th, void **result, clockid_t clock,
				const struct timespec *abs)
{
	struct limit l;

	if (!made_here(th)) {
		shim_go_home();
		return real(pthread_clockjoin_np)(th, result, clock, abs);
	}
	if (clock != CLOCK_REALTIME && clock != CLOCK_MONOTONIC)
		return EINVAL;
	l = limit_at(clock, abs);
	if (limit_deadline(&l) < 0 && not_done(sthread_of(th)))
		return EINVAL;
	return join(th, result, &l);
}

EXPORT int pthread_timedjoin_np(pthread_t th, void **result,
				const struct timespec *abs)
{
	return pthread_clockjoin_np(th, result, CLOCK_REALTIME, abs);
}

EXPORT int pthread_detach(pthread_t th)
{
	struct sthread *s;
	uint32_t free = UNCLAIMED;

	if (!made_here(th))
		return real(pthread_detach)(th);
	s = sthread_of(th);
	if (atomic_compare_exchange_strong(&s->claim, &free, DETACHED))
		return 0;
	/* somebody joins it, and will collect it */
	if (free == JOINING &&
	    atomic_compare_exchange_strong(&s->claim, &free, JOINING_LAST))
		return 0;
	if (free != FINISHED)
		return why_not(free);
	/* the end of the thread may not have told yet */
	while (not_done(s))
		if (addr_wait(&s->done, not_done, s, FOREVER) == -EINTR)
			shim_attend();
	collect(s, DETACHED, NULL);
	return 0;
}

EXPORT int thrd_join(thrd_t th, int *result)
{
	void *r;

	if (!made_here(th)) {
		shim_go_home();
		return real(thrd_join)(th, result);
	}
	if (pthread_join(th, &r))
		return thrd_error;
	if (result)
		*result = (int)(intptr_t)r;
	return thrd_success;
}

EXPORT int thrd_detach(thrd_t th)
{
	if (!made_here(th))
		return real(thrd_detach)(th);
	return pthread_detach(th) ? thrd_error : thrd_success;
}
