/*
 * sched.h - what the files of src/ring share: carriers, run queues, switching
 *
 * See sched.c for the theory.
 */
#ifndef RING_SCHED_H
#define RING_SCHED_H

#include <poll.h>
#include <signal.h>

#include "ring/engine.h"
#include "ring/ring.h"
#include "ring/stats.h"
#include "ring/sys.h"
#include "ring/timer.h"

/* Carriers there can be at once, working, stuck and spare together.  A stuck
   one is one thread at home in all but name, so this bounds how many threads
   may block behind our back before speed is lost; not progress of the rest. */
#define CARRIERS_MAX 512

/* thread.state: low byte, and for ST_READY the enum wake above it */
enum {
	ST_RUN,		/* runs, or is about to */
	ST_PARKING,	/* has said it will wait; may be woken */
	ST_PARKED,	/* waits, its context is saved */
	ST_HOMEWAIT,	/* waits at home, in a futex on the state word */
	ST_READY,	/* woken; in a run queue, or about to look */
};
#define READY(why) ((uint32_t)ST_READY | (uint32_t)(why) << 8)

/* thread.leave: what is to be done once the context is saved */
enum { LEAVE_PARK, LEAVE_READY, LEAVE_HOME };

/* thread.home_call */
#define HOME_CALLED 1u	/* come and fetch your thread */
#define HOME_POKED 2u	/* end your thread's wait */

void ring_attend(struct thread *t);
void ring_tell(const char *why, int err);	/* ring_conf.say */

/*
 * A thread at home takes signals at any time, and a handler may post a
 * semaphore: while it holds a lock of ours it holds signals off (they are
 * queued by src/shim), and takes them when it lets go.  On a carrier no
 * signals come.  t may be NULL.
 */
static inline void ring_hold(struct thread *t)
{
	if (t) {
		t->holds++;
		atomic_signal_fence(memory_order_seq_cst);
	}
}

static inline void ring_drop(struct thread *t)
{
	atomic_signal_fence(memory_order_seq_cst);
	if (t && --t->holds == 0 && unlikely(t->held_off)) {
		t->held_off = 0;
		ring_attend(t);
	}
}

struct spin {
	_Atomic uint32_t held;	/* not 0: it is, by whom is the locker's affair */
};

void spin_slow(struct spin *s, uint32_t as);

static inline void spin_lock_as(struct spin *s, uint32_t as)
{
	if (unlikely(atomic_exchange_explicit(&s->held, as,
					      memory_order_acquire)))
		spin_slow(s, as);
}

static inline void spin_lock(struct spin *s)
{
	spin_lock_as(s, 1);
}

static inline void spin_unlock(struct spin *s)
{
	atomic_store_explicit(&s->held, 0, memory_order_release);
}

/* Cycles of the time-stamp counter, 2 to 4 of them a nanosecond: what is a long
   run for a thread that serves requests (carrier.run). */
#define LONG_RUN 100000

enum carrier_mode {
	CARRIER_ACTIVE,
	CARRIER_STUCK,		/* makes no progress; others do its work */
	CARRIER_SURPLUS,	/* one too many: serves its engine only */
	CARRIER_SPARE,		/* sleeps until it is needed again */
};

struct runq {
	struct spin lock;
	_Atomic uint32_t len;
	struct thread *head, *tail;
};

struct carrier {
	/* the context of its own loop, and the FS base in force now */
	void *sp;
	uintptr_t fs, fs_now;
	_Atomic bool urged;	/* monitor.c: a kick is on its way */
	struct thread *cur;	/* the thread it runs */
	struct thread *prev;	/* the thread it ran last, not yet finished */
	int budget;		/* switches until the engine is looked at */
	int run;		/* cycles that threads run for, on average */
	uint64_t looked, switched; /* when, by the time-stamp counter */
	_Atomic uint32_t ticks;	/* progress, for the monitor */

	struct ring_shim_slot *n; /* what it counts: see stats.c */

	struct runq runq __attribute__((aligned(64)));
	struct timers timers;
	_Atomic uint32_t sleeping; /* 1: about to wait or waiting */
	_Atomic uint32_t mode;	/* enum carrier_mode */

	/* the monitor's */
	uint32_t seen_ticks;

	int index, tid;
	void *sigstack;
	int perf_fd;		/* fsbase.c; -1 or 0: none */
	void *engine;		/* the engine's own */
	_Atomic uint32_t armed;	/* ops with the engine */
} __attribute__((aligned(64)));

extern __thread struct thread *ring_self
	__attribute__((tls_model("initial-exec")));
extern __thread struct carrier *ring_carrier
	__attribute__((tls_model("initial-exec")));
extern const struct engine *engine;
extern const struct ring_conf *ring_conf;

/* carrier.c */
extern struct carrier *_Atomic carriers[CARRIERS_MAX];
extern _Atomic int carriers_made;	/* the table's used part */
extern int carriers_wanted;		/* active ones there should be */
extern _Atomic int carriers_active;
extern _Atomic int carriers_idle;	/* those with .sleeping */

int carrier_add(enum carrier_mode mode);
struct carrier *carrier_for(struct thread *t);
void carrier_rouse(struct carrier *c);
bool carrier_rouse_idle(void);
void carrier_recall(struct carrier *c);
void carrier_back(struct carrier *c);
void carriers_child(void);
void carriers_end(void);
bool carrier_call_up(void);
void carrier_add_if_likely(void);
void carrier_hand_over(struct carrier *c);
struct carrier *carrier_by_tid(int tid);

/* sched.c */
void runq_push(struct carrier *c, struct thread *t);
struct thread *runq_pop(struct carrier *c);
struct thread *runq_steal(struct carrier *from, struct carrier *to);
void thread_enqueue(struct carrier *here, struct thread *t);
void thread_run(struct carrier *c, struct thread *t);
void thread_send_home(struct thread *t);
void thread_warm(const struct thread *t);
/*
 * End t's wait, if it waits.  here: the carrier the caller is on, or NULL.  The
 * first leaves one that sleeps at home to the caller, who is to sys_futex_wake()
 * *home, unless that is NULL, when it has let go its locks: whom the kernel wakes
 * it may run at once.
 */
bool thread_make_ready(struct carrier *here, struct thread *t, enum wake why,
		       const void **home);
bool thread_wake_from(struct carrier *here, struct thread *t, enum wake why);
void park_prepare(struct thread *t);
void home_make(struct thread *t);
enum wake park(struct thread *t, int64_t deadline, bool interruptible);

/* retreat.c */
extern _Atomic bool ring_stop;	/* the ring's own kernel threads are to end */
extern _Atomic bool retreat_hard;	/* bring those, too, that are in libc's calls */
extern _Atomic bool retreat_done;
extern _Atomic int records_begun;	/* thread.c: being made */
extern uint32_t forks_ago;		/* ring.c: thread.born of those there are */
void retreat_child(void);
void nap_by_futex(int64_t ns);

/* The carrier the caller is on, NULL if on none. Not on a home's stack. */
static inline struct carrier *carrier_here(void)
{
	struct thread *t = ring_self;

	return t ? (t->away ? t->carrier : NULL) : ring_carrier;
}

static inline bool thread_wake(struct thread *t, enum wake why)
{
	return thread_wake_from(carrier_here(), t, why);
}

/* monitor.c */
extern _Atomic uint32_t monitor_asleep;
int monitor_start(void);
void monitor_wake(void);
void monitor_child(void);
void monitor_end(void);
extern _Atomic int monitor_tid, helper_tid;	/* 0: it has yet to begin */
void carrier_urge(struct carrier *c);
void thread_nudge(struct thread *t);

/* Somebody has something to do: the monitor must watch again.  Cheap. */
static inline void monitor_nudge(void)
{
	if (unlikely(atomic_load_explicit(&monitor_asleep,
					  memory_order_relaxed)))
		monitor_wake();
}

/* mem.c */
struct thread *unit_alloc(void);
struct thread *unit_reserve(void);
void unit_free(struct thread *t);
void *unit_stack_top(struct thread *t);	/* NULL: it has none */
int fd_to_high(int fd);
int fd_high_dup(int fd);
void fds_widen(void);
bool fd_is_high(int fd);
void fd_high_close(int fd);
void fd_high_close_all(void);
bool fd_room(void);
uint32_t fd_closes(int fd);
bool fd_plenty(void);
void mem_child(void);
void *ring_map(size_t len);

/* The kernel's struct sigaction, which libc's differs from. */
struct ksigaction {
	void (*handler)(int, siginfo_t *, void *);
	unsigned long flags;
	void (*restorer)(void);
	uint64_t mask;
};

/* probe.c */
enum probe { PROBE_COMMON, PROBE_EPOLL, PROBE_URING, PROBE_PERF };
/* 0 if the calling process may make these calls, or has no filter; -errno.  At each
   start PROBE_COMMON is asked first: then it is looked whether there is one. */
int probe_calls(enum probe what);
bool probe_filtered(void);	/* what has been found; true before */

/* park.c */
void park_child(void);

/* op.c */
void ops_child(void);

/* bring.c */
void carrier_bring(struct carrier *c, void *context);

/* fsbase.c */
#define SA_ALONE (UINT64_C(1) << 40)	/* with all other signals blocked */
#define FS_SIGSTACK ((size_t)65536)	/* carrier.sigstack */
int sys_sigaction(int sig, void (*handler)(int, siginfo_t *, void *),
		  unsigned long flags, struct ksigaction *old);
extern enum fs_mode fs_mode;
int fs_init(void);
int fs_carrier_init(struct carrier *c);

/*
 * Set the FS base of the kernel thread, which is c's.  fs_now is what the
 * repair of fsbase.c puts back, so it goes first.
 */
static inline void fs_set(struct carrier *c, uintptr_t base)
{
	*(volatile uintptr_t *)&c->fs_now = base;
	if (likely(fs_mode != FS_SYSCALL))
		__asm__ volatile("wrfsbase %0" : : "r"(base) : "memory");
	else
		sys3(SYS_arch_prctl, 0x1002 /* ARCH_SET_FS */, (long)base, 0);
}

/* Where t's ring_self is, which names it.  thread.c */
extern uintptr_t ring_self_offset;

static inline const void *ring_self_of(const struct thread *t)
{
	return (const void *)(t->fs + ring_self_offset);
}

/* switch_x86_64.S */
void ctx_switch(void **save, void *load);
void ctx_entry(void);

/* A context that will call fn(arg) on the stack below top. */
void *ctx_make(void *top, void (*fn)(void *), void *arg);

#endif
