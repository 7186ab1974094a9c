/*
 * park.c - waiting by address, as with a futex but in user space
 *
 * A table of buckets, chosen by a hash of the address; each is a lock, the
 * count of waiters in it, and their list in order of arrival.  The address
 * is a name only: it is never looked at, so an object may be gone as soon as
 * its last waiter has been woken.
 *
 * No wake-up is lost: a waiter counts itself in under the lock and then asks
 * check() whether there is still something to wait for; a waker changes the
 * object first and then reads the count.  With a full fence between the two
 * steps on both sides at least one of them sees the other: the waiter does
 * not sleep, or the waker comes to the lock and finds it in the list.
 *
 * Being on the list is the claim: whoever takes a thread off it (a waker
 * under the lock, or the thread itself after a timeout or an interrupt) has
 * decided how the wait ended.  A thread woken by a waker is off the list
 * before it is made ready.
 *
 * A thread on a list holds signals off (ring_hold): a handler could wait for
 * something itself, and the thread has one place in one list.  The signal
 * ends the wait, and the handler runs when the thread is off the list.
 */
#include "ring/sched.h"

/* Of those that one call wakes at home, the kernel wakes so many when the bucket's
   lock has been let go: they want it themselves. */
#define HOMES 8

#define BUCKETS 1024	/* a power of two; 64 bytes each */

static struct bucket {
	struct spin lock;
	_Atomic uint32_t waiters;
	struct thread *head, *tail;
} __attribute__((aligned(64))) buckets[BUCKETS];

static struct bucket *bucket_of(const void *addr)
{
	/* Fibonacci hashing: 2^64 / golden ratio */
	uint64_t h = (uintptr_t)addr * UINT64_C(0x9e3779b97f4a7c15);

	return &buckets[h >> 54];
}

/*
 * After a retreat signals are not held off: a handler may come while its own
 * thread has a bucket's lock, and want to wake somebody whose bucket it is.  It
 * leaves word that there is a wake-up due, of whom does not matter: when the lock
 * is let go all that wait look whether there is still something to wait for.
 */
static _Atomic bool wake_due;

/* Who is here, near enough: others' low halves may be the same, now and then. */
static uint32_t me(void)
{
	return (uint32_t)(uintptr_t)&ring_self | 1;
}

static void bucket_lock(struct bucket *b)
{
	spin_lock_as(&b->lock, me());
}

static void bucket_unlock(struct bucket *b)
{
	spin_unlock(&b->lock);
	if (unlikely(atomic_load_explicit(&wake_due, memory_order_relaxed)) &&
	    atomic_exchange(&wake_due, false))
		threads_look_again();
}

static bool put_off(struct bucket *b)
{
	if (likely(!atomic_load_explicit(&ring_over, memory_order_relaxed)) ||
	    atomic_load(&b->lock.held) != me())
		return false;
	atomic_store(&wake_due, true);
	return true;
}

static void enlist(struct bucket *b, struct thread *t, const void *addr)
{
	t->addr = addr;
	t->addr_next = NULL;
	t->addr_prev = b->tail;
	if (b->tail)
		b->tail->addr_next = t;
	else
		b->head = t;
	b->tail = t;
}

static void delist(struct bucket *b, struct thread *t)
{
	if (t->addr_prev)
		t->addr_prev->addr_next = t->addr_next;
	else
		b->head = t->addr_next;
	if (t->addr_next)
		t->addr_next->addr_prev = t->addr_prev;
	else
		b->tail = t->addr_prev;
	t->addr = NULL;
	atomic_fetch_sub(&b->waiters, 1);
}

/* Park until taken off the list, the deadline, or an interrupt. */
static int wait_listed(struct bucket *b, struct thread *t, int64_t deadline)
{
	int r = 0;

	for (;;) {
		enum wake why = park(t, deadline, true);

		bucket_lock(b);
		if (!t->addr)
			break;
		if (why == WAKE_INTR)
			r = -EINTR;
		else if (deadline != FOREVER && now_ns() >= deadline)
			r = -ETIMEDOUT;
		if (r) {
			delist(b, t);
			break;
		}
		park_prepare(t);	/* spurious: still listed */
		bucket_unlock(b);
	}
	bucket_unlock(b);
	return r;
}

/* addr_wait() by t. */
static int wait_checked(struct thread *t, const void *addr,
			bool (*check)(void *), void *arg, int64_t deadline)
{
	struct bucket *b = bucket_of(addr);
	int r;

	ring_hold(t);
	bucket_lock(b);
	atomic_fetch_add(&b->waiters, 1);
	if (!check(arg)) {
		atomic_fetch_sub(&b->waiters, 1);
		bucket_unlock(b);
		ring_drop(t);
		return -EAGAIN;
	}
	enlist(b, t, addr);
	park_prepare(t);
	bucket_unlock(b);
	r = wait_listed(b, t, deadline);
	ring_drop(t);
	return r;
}

/* addr_wait_release() by t. */
static int wait_released(struct thread *t, const void *addr,
			 void (*release)(void *), void *arg, int64_t deadline)
{
	struct bucket *b = bucket_of(addr);
	int r;

	ring_hold(t);
	bucket_lock(b);
	atomic_fetch_add(&b->waiters, 1);
	enlist(b, t, addr);
	park_prepare(t);
	bucket_unlock(b);
	release(arg);
	r = wait_listed(b, t, deadline);
	ring_drop(t);
	return r;
}

/* A thread without a record waits at home, and needs one no longer than that:
   of either kind. */
static __attribute__((noinline)) int
wait_bare(const void *addr, bool (*check)(void *), void (*release)(void *),
	  void *arg, int64_t deadline)
{
	struct thread t = { .flags = THREAD_GUEST | THREAD_STAYS };

	t.timer.slot = -1;
	return check ? wait_checked(&t, addr, check, arg, deadline) :
		       wait_released(&t, addr, release, arg, deadline);
}

int addr_wait(const void *addr, bool (*check)(void *), void *arg,
	      int64_t deadline)
{
	struct thread *t = thread_self();

	if (unlikely(!t))
		return wait_bare(addr, check, NULL, arg, deadline);
	return wait_checked(t, addr, check, arg, deadline);
}

int addr_wait_release(const void *addr, void (*release)(void *), void *arg,
		      int64_t deadline)
{
	struct thread *t = thread_self();

	if (unlikely(!t))
		return wait_bare(addr, NULL, release, arg, deadline);
	return wait_released(t, addr, release, arg, deadline);
}

/* In the order in which they came. */
static void wake_homes(const void *const *homes, int *n)
{
	for (int i = 0; i < *n; i++)
		sys_futex_wake(homes[i], 1);
	*n = 0;
}

int addr_wake(const void *addr, int n)
{
	struct bucket *b = bucket_of(addr);
	struct thread *self = ring_self, *t, *next;
	struct carrier *here;
	const void *homes[HOMES];
	int woken = 0, asleep = 0;

	if (likely(!atomic_load(&b->waiters)))
		return 0;
	if (put_off(b))
		return 0;
	here = carrier_here();
	ring_hold(self);
	bucket_lock(b);
	for (t = b->head; t && woken < n; t = next) {
		next = t->addr_next;
		if (t->addr != addr)
			continue;
		delist(b, t);
		thread_make_ready(here, t, WAKE_UP, &homes[asleep]);
		if (homes[asleep] && ++asleep == HOMES)
			wake_homes(homes, &asleep);
		woken++;
	}
	bucket_unlock(b);
	wake_homes(homes, &asleep);
	ring_drop(self);
	return woken;
}

/* Forget every waiter: in a forked child none of them exists. */
void park_child(void)
{
	for (int i = 0; i < BUCKETS; i++) {
		buckets[i].head = buckets[i].tail = NULL;
		atomic_store(&buckets[i].waiters, 0);
		atomic_store(&buckets[i].lock.held, 0);
	}
}
