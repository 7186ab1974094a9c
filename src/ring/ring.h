/*
 * ring.h - threads that wait in user space
 *
 * This is all that src/shim sees of src/ring.  A thread is a pthread with a
 * home: the kernel thread it was made with.  It runs there ("at home") until
 * it is about to wait for something that can be waited for here; then it
 * leaves, and is run from then on ("away") by one of a few carriers, while
 * its home sleeps.  thread_go_home() brings it back.
 *
 * Errors are -errno.  Times are absolute nanoseconds of CLOCK_MONOTONIC,
 * FOREVER for none.  Unless a contract says otherwise a function may be
 * called by the thread concerned alone, at home or away, and not from a
 * signal handler.
 */
#ifndef RING_RING_H
#define RING_RING_H

#include <signal.h>

#include "ring/op.h"

#define FOREVER INT64_MAX

#define likely(x) __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)

/* How the FS base is changed at a switch: fsbase.c */
enum fs_mode { FS_NONE, FS_INSN, FS_REPAIR, FS_SYSCALL };

enum engine_kind { ENGINE_AUTO, ENGINE_URING, ENGINE_EPOLL, ENGINE_OFF };

/* How src/ring is to be run, and what it needs of its caller. */
struct ring_conf {
	enum engine_kind engine;
	int carriers;		/* 0: one for each CPU of the affinity mask */
	/* make a detached kernel thread, by libc's own pthread_create */
	int (*spawn)(void *(*fn)(void *), void *arg);
	/* libc's clock_gettime(), which is quicker than the system call; may
	   be NULL */
	int (*clock)(clockid_t clock, struct timespec *ts);
	/* called about once a second while there is something to do, on a
	   kernel thread of the ring's own; may be NULL */
	void (*every_second)(void);
	/* run what was held off: see thread.holds; by that thread, at home */
	void (*attend)(void);
	/* may a signal interrupt the code at pc, or may that be ours or have
	   been called by us?  In a signal handler, on any stack. */
	bool (*interruptible)(uintptr_t pc);
	/* is the code at pc the shim's, the ring's, or liburing's? */
	bool (*ours)(uintptr_t pc);
	/* ring_retreat() has begun: how many are there yet of whom only the
	   caller knows, who must not be there when it ends?  Called again and
	   again, by the thread that retreats. */
	int (*retreating)(void);
	/* run the handler of the signal that is queued for the caller, in a
	   signal handler, at home: thread_deliver() */
	void (*deliver)(void *ucontext);
	/* the caller has been brought home (thread_bring_home()), where mask
	   was in force; now all signals are blocked.  Have those pending that
	   are for it, and return the mask to be. */
	uint64_t (*brought)(uint64_t mask);
	/* tell the user why something was stepped down, and the -errno it
	   came from, if any; may be NULL */
	void (*say)(const char *why, int err);
	/* for tests: this way alone, FS_NONE for the best there is */
	enum fs_mode fs;
};

/* First of all: what conf->attend is needed for comes before ring_start(), too,
   for threads wait by address without an engine.  conf must stay. */
void ring_configure(const struct ring_conf *conf);

/*
 * Start the engine and its carriers, once, by the first thread there is.
 * 0, or -errno and nothing has changed.  conf must stay.
 */
int ring_start(const struct ring_conf *conf);

extern bool ring_forked;	/* descriptors are shared with other processes */
extern bool ring_up;		/* ring_start() has succeeded */

/* There are so few threads that each waits at home, as without us: a word of
   the caller's, to be changed at any time. */
extern _Atomic bool ring_few;

/*
 * By a thread at home that stays there: bring everybody home, for good, and end
 * the engine.  True: there are no kernel threads of the ring's any more, no
 * descriptors, and those who wait by address or sleep do so at home, and with
 * nothing but futex().  False: not all came within some seconds, and everything
 * goes on as before.  See retreat.c.
 */
bool ring_retreat(void);

/* It has begun (and then nobody leaves home, nor is a record made for a thread
   that has none), or it is over. */
extern _Atomic bool ring_over;

/* After fork(), in the child, by the one thread it has, which was at home:
   there is no engine any more, and ring_start() may be called again. */
void ring_fork_child(void);

/* Set before that: the parent's descriptors are the child's, too, and are not
   to be closed. */
extern bool ring_shares_fds;

/* fd is one of the ring's own descriptors. */
bool ring_owns_fd(int fd);

/* The lowest of the ring's own descriptors that is >= fd, -1 for none. */
int ring_next_owned(unsigned fd);

/* fd is about to be closed or replaced: the engine forgets what it knows of
   it; threads that wait on it go on waiting for what it refers to now. */
void ring_forget_fd(int fd);

/* fd, which may have been one of ours, is a new one of the program's. */
void ring_fd_taken(int fd);

/* fd has been closed: those that have begun to wait on it since
   ring_forget_fd() try again. */
void ring_closed_fd(int fd);

/* fd has been shut down: those that wait on it look what that means to them. */
void ring_stir_fd(int fd);

/*
 * The ring may need SIGTRAP for itself (fsbase.c).  If it does, this takes
 * the program's handler, to be called for the traps that are not the ring's
 * (NULL: the default), and returns true; else the caller installs it.
 */
bool ring_takes_trap(void (*next)(int, siginfo_t *, void *));
bool ring_owns_trap(void);	/* does it need it? */

/* The name of the engine that runs ("io_uring", "epoll", "none"). */
const char *ring_engine_name(void);

/* How it changes the FS base ("wrfsbase", "wrfsbase with repair",
   "arch_prctl", "none"). */
const char *ring_fs_name(void);

/* --- threads ------------------------------------------------------------ */

/* Why a wait ended. */
enum wake { WAKE_NONE, WAKE_UP, WAKE_TIMEOUT, WAKE_INTR };

struct timer {
	int64_t when;
	int slot;		/* place in the heap, -1 when in none */
	struct carrier *carrier;
};

/* thread.flags, changed by the thread alone */
#define THREAD_STAYS	0x01	/* does not leave home any more */
#define THREAD_MAIN	0x02
#define THREAD_GUEST	0x04	/* not made by our pthread_create */
#define THREAD_MAKES	0x08	/* makes a thread: does not leave home meanwhile */

struct thread {
	/* the first cache line: all that a wait and a wake-up touch.
	   The context, while nobody runs it: */
	void *sp;
	uintptr_t fs;			/* its FS base: constant */
	_Atomic uint32_t state;		/* see sched.c */
	uint8_t leave;			/* why it was switched from */
	uint8_t flags;
	_Atomic uint8_t away;
	_Atomic uint8_t attention;	/* the shim wants a word: ATTEND_* */
	struct carrier *carrier;	/* where it runs, or ran last */
	struct thread *next;		/* in a run queue or pool */
	void *user;			/* src/shim's own record */
	volatile int holds;		/* locks of the ring's it holds */
	volatile int held_off;		/* a signal came meanwhile */
	_Atomic uint8_t hog;		/* HOG_*: it is to wait at home */
	int run;			/* how long it runs: sched.c */

	/* waiting */
	struct timer timer;
	const void *addr;		/* parked by address: see park.c */
	struct thread *addr_next, *addr_prev;
	int addr_arg;			/* for addr_wake_if() */

	/* home */
	void *home_sp;
	_Atomic uint32_t home_call;	/* HOME_*: sched.h */
	int tid;
	_Atomic uint8_t blocks;		/* BLOCKS_*: at home, in poll(): op.c */
	volatile int own;		/* within own_begin() and own_end() */
	uint32_t born;			/* in which child of how many forks */
	unsigned hogged;		/* times it kept a carrier waiting */
	int64_t cpu;			/* its CPU clock when it last waited,
					   if heavy */
	void *aside;			/* bring.c; stays with the record */
};

/* Signals in a mask of the kernel's, and those that a thread brings on itself. */
#define SIG_BIT(sig) (UINT64_C(1) << ((sig) - 1))
#define SIGS_OWN                                                    \
	(SIG_BIT(SIGSEGV) | SIG_BIT(SIGBUS) | SIG_BIT(SIGFPE) |     \
	 SIG_BIT(SIGILL) | SIG_BIT(SIGTRAP) | SIG_BIT(SIGSYS))

/* thread.hog */
#define HOG_ONCE	1	/* next time: it kept a carrier from its work */
#define HOG_EVER	2	/* from now on: thread_keep_home() */
#define HOG_HEAVY	4	/* while it computes as much as it does */

/* thread.attention */
#define ATTEND		1	/* at the next call */
#define ATTEND_NOW	2	/* before that, if it computes while away */

/* thread.blocks: it may be nudged, is being, and has been */
enum { BLOCKS = 1, BLOCKS_NUDGING, BLOCKS_NUDGED };

/* By t, at home: its poll() has ended, or a handler in it begins or is left, and no
   nudge comes any more. */
void thread_poll_over(struct thread *t);

/* The calling thread's record; made on its first call.  NULL if there is no
   memory for one, and the few that there are without have gone, too; or if
   it had none when a retreat began. */
struct thread *thread_self(void);

/* The record made at creation by the shim, for a thread that has yet to
   start; and its adoption as the calling kernel thread's. */
struct thread *thread_alloc(void);
void thread_adopt(struct thread *t);

/* From now on thread_of() finds t, which has adopted its kernel thread or will. */
void thread_mark(uintptr_t tcb, struct thread *t);

/* The sum of what fn says of each record there is or has been: one that is free
   is that of a thread at home.  The caller may hold no lock of the ring's. */
int thread_each(int (*fn)(struct thread *t));

/* The first record of which is() says so, NULL if there is none.  As above; and what
   is found may end at any time, and its record be another's. */
struct thread *thread_find(bool (*is)(struct thread *t, void *arg), void *arg);

/* The record of the kernel thread tid's thread. */
struct thread *thread_by_tid(int tid);

/* If t is the caller: it is none of ours any more. */
void thread_leave(struct thread *t);

/* The thread will never run again (its home is about to exit). */
void thread_free(struct thread *t);

/* The record of another thread by its pthread_t (its TCB), NULL if it has
   none. */
struct thread *thread_of(uintptr_t tcb);

/* Is the calling thread away?  Cheap; false when it has no record. */
bool thread_is_away(void);

/* Is it at home, and going to stay there?  Then it does as libc does. */
static inline bool thread_stays_home(void)
{
	extern __thread struct thread *ring_self
		__attribute__((tls_model("initial-exec")));
	struct thread *t = ring_self;

	if (unlikely(!t))
		return atomic_load(&ring_over);
	return !t->away &&
	       (t->flags & (THREAD_STAYS | THREAD_MAKES) ||
		atomic_load_explicit(&ring_few, memory_order_relaxed));
}

/*
 * The caller is about to make system calls that are not the program's own, and
 * has made them when it calls own_end(); in between it does not wait.  False,
 * and nothing is to be ended, if that may not be any more: do as libc does.
 */
static inline bool own_begin(void)
{
	extern __thread struct thread *ring_self
		__attribute__((tls_model("initial-exec")));
	struct thread *t = ring_self;

	if (unlikely(!t))
		return !atomic_load(&ring_over);
	t->own++;
	if (t->away)
		return true;
	atomic_thread_fence(memory_order_seq_cst);
	if (likely(!atomic_load(&ring_over)))
		return true;
	t->own--;
	return false;
}

static inline void own_end(void)
{
	extern __thread struct thread *ring_self
		__attribute__((tls_model("initial-exec")));
	struct thread *t = ring_self;

	atomic_signal_fence(memory_order_seq_cst);
	if (likely(t != NULL))
		t->own--;
}

/* Run on the own kernel thread from here on.  Costs one wake-up when away,
   nothing when at home. */
void thread_go_home(void);

/* For who waits, for the nth time now, for what a kernel thread is about to do:
   give it the CPU.  Yielding is none to a thread of less realtime priority. */
void let_others(int n);

/* Be run by a carrier from here on.  false if that can't be (no engine, the
   thread stays at home); nothing has changed then. */
bool thread_leave_home(void);

/* Let other threads of this carrier run first.  False if there was none, or
   the caller is at home: then sched_yield() is the word as well. */
bool thread_yield(void);

/*
 * Ask thread t to attend to something: sets t->attention, and ends a wait
 * of t's with -EINTR / WAKE_INTR.  From any thread, not in a handler.
 */
void thread_interrupt(struct thread *t);

/* The same for a signal that has been sent to t: one that is away and computes
   goes home for it as soon as it can. */
void thread_expect(struct thread *t);

/* thread_interrupt() for all there are. */
void threads_look_again(void);

/* Have t, any thread, stay at home from the next time it would leave it. */
void thread_keep_home(struct thread *t);

/* The same without ending its wait, if it waits.  If this returns false t is
   at home, and if it should leave, it comes back before it does anything of
   the program's. */
bool thread_bind(struct thread *t);

/*
 * In a signal handler on the kernel thread of t, its own record.  False if
 * the program's handler may run right here; true if it can't: t is away, or
 * in the middle of something of the ring's.
 */
bool thread_engaged(const struct thread *t);

/* There, when what t is to attend to is in its place: t's wait, if any, ends
   with -EINTR. */
void thread_poke(struct thread *t);

/*
 * By a thread at home: have ring_conf.deliver called in a signal handler on
 * it, on the alternate stack if there is one, now or when signal 33 is no
 * longer blocked, and then before any realtime signal that is pending.
 */
void thread_deliver(void);

/*
 * In a signal handler on the carrier that runs t, its own record: when the
 * handler returns t goes home and continues there where it was interrupted,
 * which must not be within the ring or what the ring may have called.  False
 * if that can't be, without memory.
 */
bool thread_bring_home(struct thread *t, void *ucontext);

/* --- waiting ------------------------------------------------------------ */

int64_t now_ns(void);

/*
 * Do op, waiting as long as it takes or until deadline.  The thread is away
 * (else -EAGAIN).  Returns the result of the call, -ETIMEDOUT at the
 * deadline, -EINTR after thread_interrupt(); the latter two only if nothing
 * was moved.
 */
ssize_t op_await(struct op *op, int64_t deadline);

/* Do n ops until the first of them is done, and cancel the others.  Returns
   how many have a result >= 0, -ETIMEDOUT or -EINTR. */
int op_await_any(struct op *ops, int n, int64_t deadline);

/* Wait while *word is 0; thread_ready(t) ends it, after the word has been
   changed.  May end at any time; true if there is something to attend to. */
bool thread_pause(const _Atomic uint32_t *word);
void thread_ready(struct thread *t);

/* Sleep.  0 at the deadline, -EINTR after thread_interrupt(). */
int thread_sleep(int64_t deadline);

/*
 * Wait by address, as with a futex: under the lock that addr_wake() takes,
 * check(arg) is asked whether there is still something to wait for; if not,
 * -EAGAIN at once.  Returns 0 when woken, -ETIMEDOUT, or -EINTR.  check must
 * not block, wait or wake.  Works at home and away, with an engine or
 * without; a wake-up may be spurious.
 */
int addr_wait(const void *addr, bool (*check)(void *), void *arg,
	      int64_t deadline);

/*
 * The same for a condition: release(arg) is called, outside the lock, once
 * the thread is enqueued and before it waits; it may wake others but not
 * wait.  A wake-up that comes in between counts.  Returns as addr_wait; an
 * interrupt or timeout that met a wake-up returns 0.  Never spurious.
 */
int addr_wait_release(const void *addr, void (*release)(void *), void *arg,
		      int64_t deadline);

/* Wake up to n of those that wait for addr, longest first.  Returns how
   many.  From any thread; costs a load when nobody waits. */
int addr_wake(const void *addr, int n);

#endif
