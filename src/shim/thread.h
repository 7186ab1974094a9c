/*
 * thread.h - what thread.c, thread_make.c, thread_join.c and cancel.c share
 */
#ifndef SHIM_THREAD_H
#define SHIM_THREAD_H

#include "shim/intern.h"

/* sthread.cancelled: not yet, yes, and no more for it has ended */
enum { UNCANCELLED, CANCELLED, TOO_LATE };

/* sthread.claim; JOINING_LAST: and detached, once somebody has begun to join it */
enum { UNCLAIMED, DETACHED, JOINING, JOINING_LAST, FINISHED, GONE };

/* sthread.has_work */
enum { WORK_NONE, WORK_NEW, WORK_OVER, WORK_ENDS };

static inline struct sthread *of(struct thread *t)
{
	return t ? t->user : NULL;
}

static inline struct sthread *sthread_of(pthread_t th)
{
	return of(thread_of((uintptr_t)th));
}

/* A mask as the kernel has it. */
static inline uint64_t bits(const sigset_t *mask)
{
	return *(const uint64_t *)mask;
}

/* For addr_wait(): the thread of that record has not ended. */
static inline bool not_done(void *arg)
{
	return !atomic_load(&((struct sthread *)arg)->done);
}

/* --- thread.c ---------------------------------------------------------------- */

extern _Atomic long threads_live;	/* as the program counts */
extern _Atomic int threads_beginning;	/* that are being made by us */
extern pthread_mutex_t threads_start_lock;
extern pthread_key_t threads_reaper;	/* its destructor is reap() */

void reap(void *arg);

/* The mask that the caller's kernel thread has is that of s. */
void adopt_mask(struct sthread *s);

/* Was th made by us?  The others, the main thread among them, are libc's. */
bool made_here(pthread_t th);

/* Has somebody looked at a thread's CPU clock? */
bool is_clocked(void);

/* Take one with such a stack and the caller's name, preferring the one used
   last. */
struct sthread *pool_take(const struct sthread *me, size_t stack,
	size_t guard);

/* False if there is to be none any more: then its kernel thread is to end. */
bool pool_put(struct sthread *s);

/* For a context that waits in wait_for_work().  False if it has ended by itself:
   then its kernel thread is to be joined, and it buried. */
bool hand_work(struct sthread *s, uint32_t work);

/* s has ended as the program sees it, and its kernel thread has or is about to: so
   this is no cancellation point, as libc's own would be none by now. */
void join_ended(struct sthread *s, void **result);

/* Its kernel thread has ended or is about to, and nobody will look again but a
   creator that has not got the CPU since. */
void bury(struct sthread *s);

/* The caller, who is s, buries it, or has made it, is done with it. */
void let_go(struct sthread *s);

/* A new thread computes as its creator does: rounding, exception masks, and the
   flags of the exceptions there have been. */
void fpu_get(struct sthread *s);

/*
 * *s->id must be written before the thread runs the program's function, which may
 * free it, and before pthread_create() returns; and the record must be found by id
 * by then.  Both by whoever comes first, thread or creator, and the other waits for
 * these instructions alone: a creator that is kept from the CPU for long comes to a
 * thread that may have ended, and been another, and touches but the record.
 */
void tell(struct sthread *s, pthread_t id);

/* What a kernel thread of ours runs. */
void *thread_entry(void *arg);

#endif
