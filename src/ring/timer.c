/*
 * timer.c - deadlines of waiting threads
 *
 * Each carrier has a binary heap of the threads whose wait is to end at a
 * time; a thread waits for one thing at once and so has one timer, inside
 * it.  The heap's lock is held while an expired thread is woken, and taken
 * by timer_del(): when that returns, no expiry of this wait can come late
 * and end the next one.  .next is the root's time, read without the lock by
 * carriers that are about to sleep; the argument that none oversleeps is the
 * one of the run queue (sched.c): insert, fence, look at .sleeping against
 * set .sleeping, fence, look at .next.
 */
#include "ring/sched.h"

#define TIMERS_FIRST 512	/* places; one page of pointers */

void timers_init(struct timers *h)
{
	h->n = h->room = 0;
	h->heap = NULL;
	atomic_store(&h->lock.held, 0);
	atomic_store(&h->next, FOREVER);
}

static void lock(struct timers *h)
{
	spin_lock((struct spin *)&h->lock);
}

static void unlock(struct timers *h)
{
	spin_unlock((struct spin *)&h->lock);
}

static bool grow(struct timers *h)
{
	int room = h->room ? 2 * h->room : TIMERS_FIRST;
	struct thread **heap = ring_map((size_t)room * sizeof(*heap));

	if (!heap)
		return false;
	for (int i = 0; i < h->n; i++)
		heap[i] = h->heap[i];
	if (h->heap)
		sys_munmap(h->heap, (size_t)h->room * sizeof(*heap));
	h->heap = heap;
	h->room = room;
	return true;
}

static void put(struct timers *h, int i, struct thread *t)
{
	h->heap[i] = t;
	t->timer.slot = i;
}

static void sift_up(struct timers *h, int i, struct thread *t)
{
	while (i > 0) {
		int up = (i - 1) / 2;

		if (h->heap[up]->timer.when <= t->timer.when)
			break;
		put(h, i, h->heap[up]);
		i = up;
	}
	put(h, i, t);
}

static void sift_down(struct timers *h, int i, struct thread *t)
{
	for (;;) {
		int kid = 2 * i + 1;

		if (kid >= h->n)
			break;
		if (kid + 1 < h->n && h->heap[kid + 1]->timer.when <
					      h->heap[kid]->timer.when)
			kid++;
		if (h->heap[kid]->timer.when >= t->timer.when)
			break;
		put(h, i, h->heap[kid]);
		i = kid;
	}
	put(h, i, t);
}

static void set_next(struct timers *h)
{
	atomic_store(&h->next, h->n ? h->heap[0]->timer.when : FOREVER);
}

static void take(struct timers *h, int i)
{
	struct thread *t = h->heap[i], *last = h->heap[--h->n];

	t->timer.slot = -1;
	if (last != t) {
		if (i > 0 && last->timer.when < h->heap[(i - 1) / 2]->timer.when)
			sift_up(h, i, last);
		else
			sift_down(h, i, last);
	}
	set_next(h);
}

bool timer_add(struct carrier *c, struct thread *t, int64_t when)
{
	struct timers *h = &c->timers;
	bool nearest;

	t->timer.when = when;
	t->timer.carrier = c;
	lock(h);
	if (h->n == h->room && !grow(h)) {
		unlock(h);
		return false;
	}
	sift_up(h, h->n++, t);
	nearest = h->heap[0] == t;
	set_next(h);
	unlock(h);
	if (nearest && c != carrier_here()) {
		carrier_rouse(c);
		/* it may have ceased to be active since it was chosen */
		if (unlikely(atomic_load(&c->mode) == CARRIER_SPARE))
			carrier_recall(c);
	}
	return true;
}

void timer_del(struct thread *t)
{
	struct timers *h = &t->timer.carrier->timers;

	lock(h);
	if (t->timer.slot >= 0)
		take(h, t->timer.slot);
	unlock(h);
}

void timers_expire(struct carrier *c, struct carrier *here, int64_t now)
{
	struct timers *h = &c->timers;

	if (atomic_load_explicit(&h->next, memory_order_relaxed) > now)
		return;
	lock(h);
	while (h->n && h->heap[0]->timer.when <= now) {
		struct thread *t = h->heap[0];

		take(h, 0);
		thread_wake_from(here, t, WAKE_TIMEOUT);
	}
	unlock(h);
}
