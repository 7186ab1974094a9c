/*
 * thread.c - a thread's record: made, found, freed
 *
 * The record of the running thread is in its own thread-local ring_self, at
 * the same distance from every thread's TCB (the library is loaded at start,
 * so its TLS is static).  A pthread_t is the address of the TCB; hence the
 * record of any thread is one load away from its pthread_t: from ring_known, as
 * others may look for a thread that has yet to run.
 */
#include "ring/sched.h"

#include <signal.h>

static inline uintptr_t tcb_here(void)
{
	uintptr_t tcb;

	__asm__("movq %%fs:0, %0" : "=r"(tcb));
	return tcb;
}

uintptr_t ring_self_offset;

static __thread struct thread *_Atomic ring_known
	__attribute__((tls_model("initial-exec")));

struct thread *thread_alloc(void)
{
	return unit_alloc();
}

static void adopt(struct thread *t)
{
	t->fs = tcb_here();
	ring_self_offset = (uintptr_t)&ring_self - t->fs;
	t->tid = sys_gettid();
	home_make(t);
	ring_self = t;
}

/* It may have been a guest until now: what another library does first in a new
   thread may wait, and need a record. */
void thread_adopt(struct thread *t)
{
	struct thread *guest = ring_self;

	adopt(t);
	atomic_store(&ring_known, t);
	if (unlikely(guest != NULL) && unit_stack_top(guest))
		unit_free(guest);
}

void thread_leave(struct thread *t)
{
	if (t != ring_self)
		return;
	ring_self = NULL;
	atomic_store(&ring_known, NULL);
}

static bool has_tid(struct thread *t, void *tid)
{
	return t->tid == *(int *)tid;
}

struct thread *thread_by_tid(int tid)
{
	return thread_find(has_tid, &tid);
}

void thread_free(struct thread *t)
{
	thread_leave(t);
	t->tid = 0;
	unit_free(t);
}

/*
 * A thread we have not made: the main one, or one of libc's or of a raw
 * clone().  Only the main thread may leave home: of the others we do not
 * learn when they end.
 */
static void adopt_guest(void)
{
	struct thread *t = thread_alloc(), *none = NULL;
	bool bare = !t;

	if (bare)
		t = unit_reserve();
	if (!t)
		return;
	adopt(t);
	/* but it may just be marked as one of ours */
	atomic_compare_exchange_strong(&ring_known, &none, t);
	t->flags = THREAD_GUEST;
	if (t->tid == (int)sys3(SYS_getpid, 0, 0, 0))
		t->flags |= THREAD_MAIN;
	if (bare || !(t->flags & THREAD_MAIN))
		t->flags |= THREAD_STAYS;
}

_Atomic int records_begun;

/* A handler that makes the record, too, must not come meanwhile: the allocator
   has a lock. */
static __attribute__((noinline)) struct thread *make_self(void)
{
	uint64_t all = ~UINT64_C(0), mask;

	atomic_fetch_add(&records_begun, 1);
	if (likely(!atomic_load(&ring_over))) {
		sys4(SYS_rt_sigprocmask, SIG_SETMASK, SYS_P(&all),
		     SYS_P(&mask), 8);
		if (!ring_self)
			adopt_guest();
		sys4(SYS_rt_sigprocmask, SIG_SETMASK, SYS_P(&mask), 0, 8);
	}
	atomic_fetch_sub(&records_begun, 1);
	return ring_self;
}

struct thread *thread_self(void)
{
	if (likely(ring_self != NULL))
		return ring_self;
	return atomic_load(&ring_over) ? NULL : make_self();
}

static struct thread *_Atomic *slot_of(uintptr_t tcb)
{
	uintptr_t off = (uintptr_t)&ring_known - tcb_here();

	return (struct thread *_Atomic *)(tcb + off);
}

struct thread *thread_of(uintptr_t tcb)
{
	return atomic_load_explicit(slot_of(tcb), memory_order_acquire);
}

void thread_mark(uintptr_t tcb, struct thread *t)
{
	atomic_store(slot_of(tcb), t);
}
