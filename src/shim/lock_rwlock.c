/*
 * lock_rwlock.c - read-write locks
 *
 * As mutexes are (lock.c), so are these: libc's word is the lock, tried
 * without waiting and parked for by address.
 *
 * Who may have a read-write lock is libc's try functions' affair, but they
 * know nothing of those who are parked, and a writer among them would starve
 * behind readers that come and go.  So parked writers are counted, in a word
 * of the lock that libc has left unused since 2.25 and sets to 0, and
 *  - a reader that comes while one is counted gives way: always if the lock
 *    is of the kind that prefers writers and has no recursion; else if there
 *    is no reader in it, that is, it is the writer's turn (a reader in it
 *    may be the caller itself, so to wait could be a deadlock);
 *  - a reader that has got in lets those in who had given way, unless the lock
 *    prefers writers: it may be one of them that it is going to wait for;
 *  - an unlock wakes one writer or, if there is none, all readers; a writer
 *    of a lock that prefers readers wakes the readers first.
 * These are libc's rules.  A reader that was woken does not give way again,
 * and a writer that gives up, the last one counted, wakes the readers that
 * gave way to it; so if the lock is free, somebody who has been woken and
 * has not tried yet, or a writer still counted that is about to try, will
 * have it.  Readers and writers are parked by different addresses.
 *
 * In the child of a fork writers that were parked in the parent are still
 * counted.  libc is no better off: a writer that waits has left its mark in
 * the word, and nobody will ever have that lock again.
 */
#include "shim/lock.h"

#include <limits.h>

struct rw {
	pthread_rwlock_t *l;
	bool writes;
	bool woken;
	int r;
};

static bool rw_apart(const pthread_rwlock_t *l)
{
	return l->__data.__shared != 0;
}

/* How many writers are parked; also the address they are parked by. */
static _Atomic uint32_t *rw_writers(pthread_rwlock_t *l)
{
	return (_Atomic uint32_t *)&l->__data.__pad3;
}

static bool prefers_writers(const pthread_rwlock_t *l)
{
	return l->__data.__flags ==
	       PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP;
}

/* A reader that comes now lets a writer go first: see above. */
static bool gives_way(pthread_rwlock_t *l)
{
	if (likely(!atomic_load(rw_writers(l))))
		return false;
	/* __readers: how many, above three bits of state */
	return prefers_writers(l) || l->__data.__readers >> 3 == 0;
}

/* The writer is known by its number: see lock.c.  Returns r. */
static int write_owned(int r)
{
	if (r == 0)
		locks_owned++;
	return r;
}

static int rw_try(struct rw *w)
{
	if (w->writes)
		w->r = write_owned(real(pthread_rwlock_trywrlock)(w->l));
	else if (!w->woken && gives_way(w->l))
		w->r = EBUSY;
	else
		w->r = real(pthread_rwlock_tryrdlock)(w->l);
	return w->r;
}

/* For addr_wait(). */
static bool rw_busy(void *arg)
{
	return rw_try(arg) == EBUSY;
}

static void rw_enter(struct rw *w)
{
	if (w->writes)
		atomic_fetch_add(rw_writers(w->l), 1);
}

/* Not parked any more, and without the lock unless w->r is 0. */
static void rw_leave(struct rw *w)
{
	if (w->writes && atomic_fetch_sub(rw_writers(w->l), 1) == 1 && w->r)
		addr_wake(w->l, INT_MAX);
}

/* The outcome, and what others make of it. */
static int rw_end(const struct rw *w)
{
	if (w->r || w->writes || likely(!atomic_load(rw_writers(w->l))) ||
	    prefers_writers(w->l))
		return w->r;
	atomic_thread_fence(memory_order_seq_cst);
	addr_wake(w->l, INT_MAX);
	return 0;
}

/* The same at the end of a call that may have waited. */
static int rw_had(const struct rw *w)
{
	int r = rw_end(w);

	attend_late();
	return r;
}

/* Until the lock is had or the limit is passed. */
static int rw_wait(struct rw *w, const struct limit *l)
{
	const void *at = w->writes ? (void *)rw_writers(w->l) : w->l;
	int r;

	rw_enter(w);
	do {
		r = addr_wait(at, rw_busy, w, limit_deadline(l));
		if (r == -EINTR) {
			rw_leave(w);
			shim_attend();
			rw_enter(w);
		} else if (r == 0) {
			w->woken = true;
			rw_try(w);
		}
	} while (w->r == EBUSY && !limit_passed(l, r));
	rw_leave(w);
	r = rw_had(w);
	return r == EBUSY ? ETIMEDOUT : r;
}

/* abs NULL: without a limit. */
static int rw_lock(pthread_rwlock_t *l, bool writes, clockid_t clock,
		   const struct timespec *abs)
{
	struct rw w = { .l = l, .writes = writes };
	struct limit until;

	if (abs && (bad_clock(clock) || bad_time(abs)))
		return EINVAL;
	if (likely(rw_try(&w) != EBUSY))
		return rw_had(&w);
	if (l->__data.__cur_writer == own_tid())
		return EDEADLK;
	until = limit_at(clock, abs);
	return rw_wait(&w, &until);
}

static bool rw_elsewhere(const pthread_rwlock_t *l)
{
	if (likely(shim_on && !rw_apart(l)))
		return false;
	shim_go_home();
	return true;
}

EXPORT int pthread_rwlock_rdlock(pthread_rwlock_t *l)
{
	if (rw_elsewhere(l))
		return real(pthread_rwlock_rdlock)(l);
	return rw_lock(l, false, CLOCK_REALTIME, NULL);
}

EXPORT int pthread_rwlock_wrlock(pthread_rwlock_t *l)
{
	if (rw_elsewhere(l))
		return write_owned(real(pthread_rwlock_wrlock)(l));
	return rw_lock(l, true, CLOCK_REALTIME, NULL);
}

/* A writer that waits must be seen by those who only try, too. */
EXPORT int pthread_rwlock_tryrdlock(pthread_rwlock_t *l)
{
	struct rw w = { .l = l };

	if (!shim_on || rw_apart(l))
		return real(pthread_rwlock_tryrdlock)(l);
	if (prefers_writers(l) && atomic_load(rw_writers(l)))
		return EBUSY;
	w.r = real(pthread_rwlock_tryrdlock)(l);
	return rw_end(&w);
}

EXPORT int pthread_rwlock_trywrlock(pthread_rwlock_t *l)
{
	return write_owned(real(pthread_rwlock_trywrlock)(l));
}

EXPORT int __pthread_rwlock_trywrlock(pthread_rwlock_t *l)
{
	return pthread_rwlock_trywrlock(l);
}

EXPORT int __pthread_rwlock_tryrdlock(pthread_rwlock_t *l)
{
	return pthread_rwlock_tryrdlock(l);
}

EXPORT int __pthread_rwlock_rdlock(pthread_rwlock_t *l)
{
	return pthread_rwlock_rdlock(l);
}

EXPORT int __pthread_rwlock_wrlock(pthread_rwlock_t *l)
{
	return pthread_rwlock_wrlock(l);
}

EXPORT int pthread_rwlock_clockrdlock(pthread_rwlock_t *l, clockid_t clock,
				      const struct timespec *abs)
{
	if (rw_elsewhere(l))
		return real(pthread_rwlock_clockrdlock)(l, clock, abs);
	return rw_lock(l, false, clock, abs);
}

EXPORT int pthread_rwlock_clockwrlock(pthread_rwlock_t *l, clockid_t clock,
				      const struct timespec *abs)
{
	if (rw_elsewhere(l))
		return write_owned(
			real(pthread_rwlock_clockwrlock)(l, clock, abs));
	return rw_lock(l, true, clock, abs);
}

EXPORT int pthread_rwlock_timedrdlock(pthread_rwlock_t *l,
				      const struct timespec *abs)
{
	return pthread_rwlock_clockrdlock(l, CLOCK_REALTIME, abs);
}

EXPORT int pthread_rwlock_timedwrlock(pthread_rwlock_t *l,
				      const struct timespec *abs)
{
	return pthread_rwlock_clockwrlock(l, CLOCK_REALTIME, abs);
}

EXPORT int pthread_rwlock_unlock(pthread_rwlock_t *l)
{
	bool apart = rw_apart(l);
	bool written = l->__data.__cur_writer != 0;
	bool readers_first =
		written && l->__data.__flags == PTHREAD_RWLOCK_PREFER_READER_NP;
	const void *readers = l, *writers = rw_writers(l);
	int r = real(pthread_rwlock_unlock)(l);

	if (written && r == 0)
		locks_owned--;
	/* l may be gone: from here on its addresses are names */
	if (r || apart || !shim_met())
		return r;
	atomic_thread_fence(memory_order_seq_cst);
	if (readers_first) {
		if (!addr_wake(readers, INT_MAX))
			addr_wake(writers, 1);
	} else if (!addr_wake(writers, 1)) {
		addr_wake(readers, INT_MAX);
	}
	return r;
}

EXPORT int __pthread_rwlock_unlock(pthread_rwlock_t *l)
{
	return pthread_rwlock_unlock(l);
}
