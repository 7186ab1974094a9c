/*
 * lock_more.c - semaphores, barriers, spin locks, once
 *
 * Semaphores are as mutexes are (lock.c): libc's word is the lock, tried
 * without waiting and parked for by address.
 *
 * A barrier private to the process is ours, in the memory of libc's: libc's
 * waits in the kernel in the middle of itself.  So does pthread_once(), which
 * is rare enough to be waited for at home.
 */
#include "shim/lock.h"

#include <limits.h>

/* --- semaphores ----------------------------------------------------------- */

/* glibc's struct new_sem: the value and the waiters in 8 bytes, then 0 for a
   private one. */
static bool sem_apart(const sem_t *s)
{
	return ((const int *)s)[2] != 0;
}

static bool sem_empty(void *arg)
{
	return sem_trywait(arg) != 0;
}

/* abs NULL: without a limit. */
static int sem_park(sem_t *s, clockid_t clock, const struct timespec *abs)
{
	struct limit l = limit_at(clock, abs);

	for (;;) {
		int r = addr_wait(s, sem_empty, s, limit_deadline(&l));

		if (r == -EINTR) {
			enum verdict v = attend();

			shim_testcancel();
			/* the kernel does not restart a wait with a limit */
			if (v == HANDLER_INTERRUPTS || (v && abs))
				return -EINTR;
		} else if (r == -EAGAIN || sem_trywait(s) == 0) {
			return 0;
		} else if (limit_passed(&l, r)) {
			return r;
		}
	}
}

static int sem_wait_(sem_t *s, clockid_t clock, const struct timespec *abs)
{
	int saved = errno, r;

	if (abs && (bad_clock(clock) || bad_time(abs)))
		return (int)edge(-EINVAL);
	shim_testcancel();
	if (sem_trywait(s) == 0) {
		attend_late();
		return 0;
	}
	attend_first();
	/* it may have been cancelled in a handler */
	shim_testcancel();
	r = sem_park(s, clock, abs);
	attend_late();
	errno = saved;
	return (int)edge(r);
}

static bool sem_elsewhere(const sem_t *s)
{
	if (likely(shim_on && !sem_apart(s)))
		return false;
	shim_go_home();
	return true;
}

EXPORT int sem_wait(sem_t *s)
{
	if (sem_elsewhere(s))
		return real(sem_wait)(s);
	return sem_wait_(s, CLOCK_REALTIME, NULL);
}

EXPORT int sem_clockwait(sem_t *s, clockid_t clock,
			 const struct timespec *abs)
{
	if (sem_elsewhere(s))
		return real(sem_clockwait)(s, clock, abs);
	return sem_wait_(s, clock, abs);
}

EXPORT int sem_timedwait(sem_t *s, const struct timespec *abs)
{
	if (sem_elsewhere(s))
		return real(sem_timedwait)(s, abs);
	return sem_wait_(s, CLOCK_REALTIME, abs);
}

/* May be called in a signal handler. */
EXPORT int sem_post(sem_t *s)
{
	bool apart = sem_apart(s);
	int r = real(sem_post)(s);

	if (r == 0 && !apart && shim_met()) {
		atomic_thread_fence(memory_order_seq_cst);
		addr_wake(s, 1);
	}
	return r;
}

/* --- barriers ------------------------------------------------------------- */

/*
 * Ours, in libc's 32 bytes.  The last to arrive starts the next round; the
 * others wait for that, and each counts itself out; pthread_barrier_destroy()
 * waits until all have.  magic tells ours from libc's.
 */
struct barrier {
	_Atomic uint64_t state;	/* the round, and in the low half who waits */
	_Atomic uint32_t inside;
	uint32_t count;
	uint64_t magic;
};

#define BARRIER_MAGIC UINT64_C(0x72696e6762617272)

_Static_assert(sizeof(struct barrier) <= sizeof(pthread_barrier_t),
	       "a barrier of ours fits libc's");

static struct barrier *barrier_of(pthread_barrier_t *pb)
{
	struct barrier *b = (struct barrier *)pb;

	return b->magic == BARRIER_MAGIC ? b : NULL;
}

EXPORT int pthread_barrier_init(pthread_barrier_t *pb,
				const pthread_barrierattr_t *attr,
				unsigned count)
{
	struct barrier *b = (struct barrier *)pb;
	int shared = PTHREAD_PROCESS_PRIVATE;
	int r = real(pthread_barrier_init)(pb, attr, count);

	if (attr)
		pthread_barrierattr_getpshared(attr, &shared);
	if (r || !shim_on || shared == PTHREAD_PROCESS_SHARED)
		return r;
	memset(b, 0, sizeof(*b));
	b->count = count;
	b->magic = BARRIER_MAGIC;
	return 0;
}

struct round {
	struct barrier *b;
	uint32_t round;
};

static bool same_round(void *arg)
{
	struct round *r = arg;

	return atomic_load(&r->b->state) >> 32 == r->round;
}

/* The last one out of a round lets pthread_barrier_destroy() go on. */
static void barrier_leave(struct barrier *b)
{
	if (atomic_fetch_sub(&b->inside, 1) == 1)
		addr_wake(&b->inside, INT_MAX);
}

/* Count the caller in.  Returns its round; the last one ends it. */
static uint32_t barrier_arrive(struct barrier *b, bool *last)
{
	uint64_t s = atomic_load(&b->state), next;

	do {
		*last = (uint32_t)s + 1 == b->count;
		next = *last ? ((s >> 32) + 1) << 32 : s + 1;
	} while (!atomic_compare_exchange_weak(&b->state, &s, next));
	return (uint32_t)(s >> 32);
}

EXPORT int pthread_barrier_wait(pthread_barrier_t *pb)
{
	struct barrier *b = barrier_of(pb);
	struct round r;
	bool last;

	if (!b) {
		shim_go_home();
		return real(pthread_barrier_wait)(pb);
	}
	atomic_fetch_add(&b->inside, 1);
	r = (struct round){ b, barrier_arrive(b, &last) };
	if (last) {
		addr_wake(&b->state, INT_MAX);
		barrier_leave(b);
		return PTHREAD_BARRIER_SERIAL_THREAD;
	}
	while (same_round(&r))
		if (addr_wait(&b->state, same_round, &r, FOREVER) == -EINTR)
			shim_attend();
	barrier_leave(b);
	attend_late();
	return 0;
}

static bool occupied(void *arg)
{
	return atomic_load(&((struct barrier *)arg)->inside) != 0;
}

EXPORT int pthread_barrier_destroy(pthread_barrier_t *pb)
{
	struct barrier *b = barrier_of(pb);

	if (!b)
		return real(pthread_barrier_destroy)(pb);
	while (occupied(b))
		if (addr_wait(&b->inside, occupied, b, FOREVER) == -EINTR)
			shim_attend();
	b->magic = 0;
	return 0;
}

/* --- spin locks: who spins must let the holder run ------------------------ */

EXPORT int pthread_spin_lock(pthread_spinlock_t *l)
{
	int n = 0;

	if (!ring_up)
		return real(pthread_spin_lock)(l);
	while (pthread_spin_trylock(l) == EBUSY) {
		if (++n < 100)
			__builtin_ia32_pause();
		else
			sched_yield();
	}
	return 0;
}

/* --- once ----------------------------------------------------------------- */

#define ONCE_DONE 2	/* glibc's */

/*
 * libc's own, at home: those that come meanwhile wait for libc's word there,
 * and whether the shim is on, or has been all the time, is all the same.
 */
EXPORT int pthread_once(pthread_once_t *o, void (*init)(void))
{
	if (likely(atomic_load_explicit((_Atomic int *)o,
					memory_order_acquire) == ONCE_DONE))
		return 0;
	shim_go_home();
	return real(pthread_once)(o, init);
}

EXPORT int __pthread_once(pthread_once_t *o, void (*init)(void))
{
	return pthread_once(o, init);
}

EXPORT void call_once(once_flag *o, void (*init)(void))
{
	pthread_once((pthread_once_t *)o, init);
}
