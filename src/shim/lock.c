/*
 * lock.c - mutexes and conditions
 *
 * libc's own word is the lock.  To lock is to try libc's trylock, and while
 * it is busy to park by the mutex's address; to unlock is libc's unlock, and
 * then to wake one that is parked.  So a thread at home and one that is away
 * can wait for the same mutex, static initialisers work, and an object that
 * was locked before the engine started is unlocked after.
 *
 * No wake-up is lost: addr_wait() counts the waiter in and then tries the
 * lock once more (its check()); the unlock has stored before addr_wake()
 * reads the count; libc's unlock ends with a locked instruction, which on
 * x86 is a full fence.  So either the try succeeds or the waker sees the
 * waiter.  A woken thread tries again, and may find that another was
 * quicker: as with libc, mutexes are not fair.
 *
 * Mutexes that are shared between processes, robust, or that inherit or
 * protect a priority are the kernel's business: they are "apart", the thread
 * goes home and libc does all of it.
 *
 * How a condition is waited for is decided by the mutex, not by whether the
 * condition itself could be shared: libc's wait would unlock within libc,
 * and those who are parked for the mutex would not hear of it.  All that
 * wait at a time use one mutex, so all of them are parked by the condition's
 * address, or all are in libc (an apart mutex; or they came before the shim
 * was on).  A signal tells both: libc's costs a load when nobody is there.
 * Nothing looks at a condition after a waiter has been woken; it may be gone
 * by then.
 *
 * A handler that runs in a condition's wait does not end it, with libc: many
 * programs sleep in pthread_cond_timedwait() and take 0 for news.  So the
 * waiter, which is off the list while its handlers run, waits again unless
 * there has been a signal since it came; that is what signals[] counts.  It
 * is counted before the waiters are looked for, and the waiter looks at it
 * under the list's lock once it is counted in, so the argument above holds.
 * Counters are shared by hash: another condition's signal can only cause a
 * wake-up that is spurious.
 *
 * Some locks know their owner by its kernel thread's number.  A thread that ends and
 * still owns one can't be another: that would own it, too.  So each thread counts
 * those it owns.
 *
 * A waiter counts as a user of its mutex (__nusers), as in libc, so that
 * pthread_mutex_destroy() says EBUSY.
 */
#include "shim/lock.h"

#include <limits.h>

/* --- mutexes -------------------------------------------------------------- */

/* glibc's pthreadP.h: the kind's low bits are the type; then come robust 16,
   PI 32, PP 64, and 128 for shared. */
#define KIND_TYPE 3
#define KIND_ROBUST 16
#define KIND_PI 32
#define KIND_PP 64
#define KIND_APART (16 | 32 | 64 | 128)

static int kind_of(const pthread_mutex_t *m)
{
	return m->__data.__kind;
}

bool mutex_apart(const pthread_mutex_t *m)
{
	return kind_of(m) & KIND_APART;
}

__thread int locks_owned __attribute__((tls_model("initial-exec")));

/* Does m ask who its owner is? */
static bool asks_owner(const pthread_mutex_t *m)
{
	int type = kind_of(m) & KIND_TYPE;

	return unlikely(kind_of(m) & (KIND_PI | KIND_PP) ||
			type == PTHREAD_MUTEX_RECURSIVE ||
			type == PTHREAD_MUTEX_ERRORCHECK);
}

/* The caller has m, if r is 0.  Returns r. */
static int count_owned(const pthread_mutex_t *m, int r)
{
	if (asks_owner(m) && r == 0)
		locks_owned++;
	return r;
}

struct try {
	pthread_mutex_t *m;
	int r;
};

/* For addr_wait(): true while it is busy. */
static bool still_busy(void *arg)
{
	struct try *t = arg;

	t->r = real(pthread_mutex_trylock)(t->m);
	return t->r == EBUSY;
}

/* An error-checking mutex of one's own: EDEADLK, not a wait. */
static bool owned_checked(const pthread_mutex_t *m)
{
	return (kind_of(m) & KIND_TYPE) == PTHREAD_MUTEX_ERRORCHECK &&
	       m->__data.__owner == own_tid();
}

/* Wait for m.  0, ETIMEDOUT, or what libc's trylock says. */
static int mutex_park(pthread_mutex_t *m, const struct limit *l)
{
	struct try t = { .m = m, .r = EBUSY };
	int r;

	for (;;) {
		r = addr_wait(m, still_busy, &t, limit_deadline(l));
		if (t.r != EBUSY)
			return t.r;
		if (r == -EINTR)
			shim_attend();
		t.r = real(pthread_mutex_trylock)(m);
		if (t.r != EBUSY)
			return t.r;
		if (limit_passed(l, r))
			return ETIMEDOUT;
	}
}

int mutex_wait(pthread_mutex_t *m, const struct limit *l)
{
	int r;

	if (owned_checked(m))
		return EDEADLK;
	r = count_owned(m, mutex_park(m, l));
	attend_late();
	return r;
}

/* Go home for m, which is apart.  The kernel frees a robust mutex when the
   kernel thread of its owner ends: that one is not recycled. */
static void apart_home(const pthread_mutex_t *m)
{
	struct sthread *s = shim_on ? sthread_self() : NULL;

	if (s && kind_of(m) & KIND_ROBUST)
		s->spent = true;
	shim_go_home();
}

EXPORT int pthread_mutex_lock(pthread_mutex_t *m)
{
	int r;

	if (unlikely(!shim_on || mutex_apart(m))) {
		apart_home(m);
		return count_owned(m, real(pthread_mutex_lock)(m));
	}
	r = count_owned(m, real(pthread_mutex_trylock)(m));
	if (unlikely(r == EBUSY))
		return mutex_wait(m, &NO_LIMIT);
	attend_late();
	return r;
}

EXPORT int __pthread_mutex_lock(pthread_mutex_t *m)
{
	return pthread_mutex_lock(m);
}

EXPORT int pthread_mutex_trylock(pthread_mutex_t *m)
{
	if (unlikely(mutex_apart(m)))
		apart_home(m);
	return count_owned(m, real(pthread_mutex_trylock)(m));
}

EXPORT int __pthread_mutex_trylock(pthread_mutex_t *m)
{
	return pthread_mutex_trylock(m);
}

EXPORT int pthread_mutex_clocklock(pthread_mutex_t *m, clockid_t clock,
				   const struct timespec *abs)
{
	struct limit l;
	int r;

	if (bad_clock(clock))
		return EINVAL;
	if (unlikely(!shim_on || mutex_apart(m))) {
		apart_home(m);
		r = real(pthread_mutex_clocklock)(m, clock, abs);
		return count_owned(m, r);
	}
	r = count_owned(m, real(pthread_mutex_trylock)(m));
	if (r != EBUSY)
		return r;
	if (owned_checked(m))
		return EDEADLK;
	l = limit_at(clock, abs);
	if (limit_deadline(&l) < 0)
		return abs->tv_sec < 0 ? ETIMEDOUT : EINVAL;
	return mutex_wait(m, &l);
}

EXPORT int pthread_mutex_timedlock(pthread_mutex_t *m,
				   const struct timespec *abs)
{
	return pthread_mutex_clocklock(m, CLOCK_REALTIME, abs);
}

/* A recursive mutex that its owner has locked more than once. */
static bool stays_locked(const pthread_mutex_t *m)
{
	return (kind_of(m) & KIND_TYPE) == PTHREAD_MUTEX_RECURSIVE &&
	       m->__data.__count > 1;
}

EXPORT int pthread_mutex_unlock(pthread_mutex_t *m)
{
	bool apart = mutex_apart(m), kept = stays_locked(m);
	bool counted = asks_owner(m);
	int r;

	if (unlikely(apart))
		shim_go_home();
	r = real(pthread_mutex_unlock)(m);
	/* m may be gone: from here on its address is a name */
	if (counted && r == 0)
		locks_owned--;
	if (likely(r == 0 && !apart && !kept && shim_met()))
		addr_wake(m, 1);
	return r;
}

EXPORT int __pthread_mutex_unlock(pthread_mutex_t *m)
{
	return pthread_mutex_unlock(m);
}

/* --- conditions ----------------------------------------------------------- */

/* glibc's __wrefs: bit 1 CLOCK_MONOTONIC. */
static clockid_t cond_clock(const pthread_cond_t *c)
{
	return c->__data.__wrefs & 2 ? CLOCK_MONOTONIC : CLOCK_REALTIME;
}

static struct {
	_Atomic uint32_t n;
} __attribute__((aligned(64))) signals[64];	/* a power of two */

static _Atomic uint32_t *signals_of(const pthread_cond_t *c)
{
	uint64_t h = (uintptr_t)c * UINT64_C(0x9e3779b97f4a7c15);

	return &signals[h >> 58].n;
}

struct cond_wait {
	pthread_cond_t *c;
	pthread_mutex_t *m;
	uint32_t seen;	/* signals there had been */
	int r;		/* of the unlock */
	bool woken;
};

static void release(void *arg)
{
	struct cond_wait *w = arg;

	w->r = pthread_mutex_unlock(w->m);
}

/* For addr_wait(): no signal has come since. */
static bool unsignalled(void *arg)
{
	struct cond_wait *w = arg;

	return atomic_load(signals_of(w->c)) == w->seen;
}

/* An error-checking or recursive mutex that is not the caller's: libc fails
   before it waits. */
static bool not_owned(const pthread_mutex_t *m)
{
	int type = kind_of(m) & KIND_TYPE;

	return (type == PTHREAD_MUTEX_ERRORCHECK ||
		type == PTHREAD_MUTEX_RECURSIVE) &&
	       m->__data.__owner != own_tid();
}

/* Until there is a signal, the limit, or reason to unwind (-EINTR);
   without the mutex. */
static int await_signal(struct cond_wait *w, const struct limit *l)
{
	int r = addr_wait_release(w->c, release, w, limit_deadline(l));

	while (r == -EINTR || (r == -ETIMEDOUT && !limit_passed(l, r))) {
		if (r == -EINTR)
			shim_attend();
		if (shim_cancel_due())
			break;
		r = addr_wait(w->c, unsignalled, w, limit_deadline(l));
	}
	w->woken = r == 0;
	if (r != -EINTR)
		attend_late();
	return r;
}

/*
 * A handler that ran in the wait does not return to it: it has ended the thread,
 * or jumped out.  What cleans up then finds the mutex held, as with libc, and
 * libc goes on with a jump on the kernel thread whose mask it sets.
 */
static void unwound(void *arg)
{
	struct cond_wait *w = arg;

	if (w->woken)
		addr_wake(w->c, 1);
	if (pthread_mutex_lock(w->m) == 0)
		w->m->__data.__nusers--;
	shim_go_home();
}

/*
 * Wait; the mutex is held again when this returns, or unwinds.  A waiter
 * that was woken and is cancelled passes the wake-up on.
 */
static int cond_wait(pthread_cond_t *c, pthread_mutex_t *m,
		     const struct limit *l)
{
	struct cond_wait w = { c, m, atomic_load(signals_of(c)), 0, false };
	struct _pthread_cleanup_buffer left;
	int r, locked;

	if (not_owned(m))
		return EPERM;
	shim_testcancel();
	m->__data.__nusers++;
	/* the kind that a jump finds, too */
	_pthread_cleanup_push(&left, unwound, &w);
	r = await_signal(&w, l);
	_pthread_cleanup_pop(&left, 0);
	locked = pthread_mutex_lock(m);
	if (locked)
		return locked;
	m->__data.__nusers--;
	if (r == 0 && shim_cancel_due())
		addr_wake(c, 1);
	shim_testcancel();
	return r == -ETIMEDOUT ? ETIMEDOUT : 0;
}

static bool cond_elsewhere(const pthread_mutex_t *m)
{
	if (likely(shim_on && !mutex_apart(m)))
		return false;
	shim_go_home();
	return true;
}

EXPORT int pthread_cond_wait(pthread_cond_t *c, pthread_mutex_t *m)
{
	if (cond_elsewhere(m))
		return real(pthread_cond_wait)(c, m);
	return cond_wait(c, m, &NO_LIMIT);
}

EXPORT int pthread_cond_clockwait(pthread_cond_t *c, pthread_mutex_t *m,
				  clockid_t clock, const struct timespec *abs)
{
	struct limit l;

	if (bad_clock(clock))
		return EINVAL;
	if (cond_elsewhere(m))
		return real(pthread_cond_clockwait)(c, m, clock, abs);
	l = limit_at(clock, abs);
	return limit_deadline(&l) < 0 ? EINVAL : cond_wait(c, m, &l);
}

EXPORT int pthread_cond_timedwait(pthread_cond_t *c, pthread_mutex_t *m,
				  const struct timespec *abs)
{
	if (cond_elsewhere(m))
		return real(pthread_cond_timedwait)(c, m, abs);
	return pthread_cond_clockwait(c, m, cond_clock(c), abs);
}

/* c is not looked at after real(): a waiter may have destroyed it. */
static int cond_wake(pthread_cond_t *c, int n)
{
	int r = n == 1 ? real(pthread_cond_signal)(c) :
			 real(pthread_cond_broadcast)(c);

	if (shim_met()) {
		atomic_fetch_add(signals_of(c), 1);
		addr_wake(c, n);
	}
	return r;
}

EXPORT int pthread_cond_signal(pthread_cond_t *c)
{
	return cond_wake(c, 1);
}

EXPORT int pthread_cond_broadcast(pthread_cond_t *c)
{
	return cond_wake(c, INT_MAX);
}

EXPORT int pthread_cond_destroy(pthread_cond_t *c)
{
	return real(pthread_cond_destroy)(c);
}

/* --- C11: the same objects under other names ------------------------------ */

static int thrd_of(int r)
{
	return r == 0	      ? thrd_success :
	       r == ETIMEDOUT ? thrd_timedout :
	       r == EBUSY     ? thrd_busy :
	       r == ENOMEM    ? thrd_nomem :
				thrd_error;
}

EXPORT int mtx_lock(mtx_t *m)
{
	return thrd_of(pthread_mutex_lock((pthread_mutex_t *)m));
}

EXPORT int mtx_trylock(mtx_t *m)
{
	return thrd_of(pthread_mutex_trylock((pthread_mutex_t *)m));
}

EXPORT int mtx_timedlock(mtx_t *m, const struct timespec *abs)
{
	return thrd_of(pthread_mutex_timedlock((pthread_mutex_t *)m, abs));
}

EXPORT int mtx_unlock(mtx_t *m)
{
	return thrd_of(pthread_mutex_unlock((pthread_mutex_t *)m));
}

EXPORT int cnd_wait(cnd_t *c, mtx_t *m)
{
	return thrd_of(pthread_cond_wait((pthread_cond_t *)c,
					 (pthread_mutex_t *)m));
}

EXPORT int cnd_timedwait(cnd_t *c, mtx_t *m, const struct timespec *abs)
{
	return thrd_of(pthread_cond_timedwait((pthread_cond_t *)c,
					      (pthread_mutex_t *)m, abs));
}

EXPORT int cnd_signal(cnd_t *c)
{
	return thrd_of(pthread_cond_signal((pthread_cond_t *)c));
}

EXPORT int cnd_broadcast(cnd_t *c)
{
	return thrd_of(pthread_cond_broadcast((pthread_cond_t *)c));
}

EXPORT void cnd_destroy(cnd_t *c)
{
	pthread_cond_destroy((pthread_cond_t *)c);
}
