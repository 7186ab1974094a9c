/*
 * monitor.c - the one who watches that carriers get on
 *
 * A carrier cannot be preempted: a thread that computes, takes a page fault
 * from a slow disk, or blocks in a call that is not interposed keeps it from
 * everything else it has.  The monitor is a kernel thread that looks every
 * TICK whether each active carrier has switched since the last look.  One
 * that has not, and has other work (threads in its queue, ops with its
 * engine, deadlines), is marked stuck: another carrier is called up in its
 * place, what waits in its queue is handed to others, and at this and every
 * further tick its deadlines and its engine are served for it.  So what is
 * missed by the interposers costs speed, TICK to two TICKs at a time, and
 * never progress.  The thread that did it is marked: sched.c sends it home.
 *
 * An io_uring ring of the kind that is fastest does its work only when its
 * owner enters the kernel.  The kick makes it: signal 33, which libc keeps
 * for itself (set*id() of all threads) so that no program blocks it or has
 * a handler for it, sent with a mark of ours; the handler enters the ring.
 * Without the mark the handler is libc's, called with the carrier's own FS
 * base, for it looks at its own thread's descriptor.
 *
 * The monitor itself waits for nobody.  What waits within libc, for the locks of
 * malloc() for one, is the helper's, a kernel thread of its own: it makes further
 * carriers, and does what is due every second.  For who has such a lock may be away,
 * and wait for a deadline of a stuck carrier's: a handler that waits has interrupted
 * fork().
 *
 * When there can be no more carriers, or none has come within GRACE, and all are
 * stuck (threads that wait, each behind our back, for a lock that a parked one
 * holds), threads that are ready are sent home and run there: 1:1, TICK late, but
 * they run.
 *
 * The same signal, with another mark, has a thread that computes go home when
 * a signal of its own waits for it there (bring.c).
 *
 * When all carriers have slept for QUIET ticks the monitor sleeps too, until
 * a carrier that wakes up nudges it.
 */
#include "ring/sched.h"

#include <signal.h>

#define TICK 10000000		/* ns: what a scheduler's time slice is */
#define QUIET 20		/* ticks */
#define GRACE 2			/* ticks: a kernel thread is made in some 0.1 ms */
#define SECOND (1000000000 / TICK)
#define SIG_KICK 33		/* glibc's SIGSETXID */
#define KICK_MARK ((void *)(uintptr_t)0x72696e67)
#define URGE_MARK ((void *)(uintptr_t)0x72696e68)
#define DELIVER_MARK ((void *)(uintptr_t)0x72696e69)
#define NUDGE_MARK ((void *)(uintptr_t)0x72696e6a)

#define PATIENCE 1000000	/* ns: some 20 times what an answer takes on an
				   idle CPU, a tenth of a tick */

_Atomic uint32_t monitor_asleep;
_Atomic int monitor_tid, helper_tid;

static struct ksigaction libc_33;
static _Atomic uint32_t answers; /* to kicks; the monitor waits for them here */

/* --- the kick ---------------------------------------------------------------- */

static bool is_mark(const siginfo_t *info, void *mark)
{
	return info->si_code == SI_QUEUE && info->si_value.sival_ptr == mark;
}

static __attribute__((no_stack_protector)) void
on_33(int sig, siginfo_t *info, void *uc)
{
	struct carrier *c = carrier_by_tid(sys_gettid());
	uintptr_t fs;

	if (is_mark(info, KICK_MARK)) {
		if (c)
			engine->kicked(c);
		atomic_fetch_add(&answers, 1);
		sys_futex_wake(&answers, 1);
		return;
	}
	if (is_mark(info, URGE_MARK)) {
		if (!c)
			return;
		atomic_store(&c->urged, false);
		carrier_bring(c, uc);
		return;
	}
	if (is_mark(info, NUDGE_MARK))
		return;
	if (is_mark(info, DELIVER_MARK) && !c) {
		ring_conf->deliver(uc);
		return;
	}
	if ((uintptr_t)libc_33.handler <= 1)
		return;
	if (!c) {
		libc_33.handler(sig, info, uc);
		return;
	}
	fs = c->fs_now;
	fs_set(c, c->fs);
	libc_33.handler(sig, info, uc);
	fs_set(c, fs);
}

static bool send_33(int tid, void *mark)
{
	siginfo_t info = { .si_signo = SIG_KICK, .si_code = SI_QUEUE };

	info.si_value.sival_ptr = mark;
	return sys4(SYS_rt_tgsigqueueinfo, sys3(SYS_getpid, 0, 0, 0), tid,
		    SIG_KICK, SYS_P(&info)) == 0;
}

/* End the system call that t, at home, waits in. */
void thread_nudge(struct thread *t)
{
	send_33(t->tid, NUDGE_MARK);
}

/* See ring.h. */
void thread_deliver(void)
{
	send_33(sys_gettid(), DELIVER_MARK);
}

/* Have the thread that c runs go home if a signal waits for it there.  If it
   can't now, the monitor will try again. */
void carrier_urge(struct carrier *c)
{
	struct thread *t = c ? *(struct thread *volatile *)&c->cur : NULL;

	if (t && atomic_load(&t->attention) & ATTEND_NOW &&
	    !atomic_exchange(&c->urged, true) && !send_33(c->tid, URGE_MARK))
		atomic_store(&c->urged, false);
}

/* --- the helper --------------------------------------------------------------- */

static _Atomic uint32_t errand;	/* 1: there may be something to do */
static _Atomic int carriers_due;	/* until they are made, or can't be */
static _Atomic bool second_due;

static void send_helper(void)
{
	atomic_store(&errand, 1);
	sys_futex_wake(&errand, 1);
}

static void *helper_main(void *arg)
{
	(void)arg;
	atomic_store(&helper_tid, sys_gettid());
	while (!atomic_load(&ring_stop)) {
		if (atomic_load(&carriers_due)) {
			carrier_add_if_likely();
			atomic_fetch_sub(&carriers_due, 1);
		} else if (atomic_exchange(&second_due, false)) {
			ring_conf->every_second();
		} else if (!atomic_exchange(&errand, 0)) {
			sys_futex_wait(&errand, 0, NULL);
		}
	}
	return NULL;
}

/* --- watching ---------------------------------------------------------------- */

static unsigned tick;		/* now */
static unsigned asked;		/* when a carrier was asked for */

static void ask_for_carrier(void)
{
	if (atomic_fetch_add(&carriers_due, 1) == 0)
		asked = tick;
	send_helper();
}

static bool has_other_work(struct carrier *c)
{
	return atomic_load(&c->runq.len) || atomic_load(&c->armed) ||
	       atomic_load(&c->timers.next) != FOREVER ||
	       atomic_load(&carriers_active) == 1;
}

static bool made_progress(struct carrier *c)
{
	uint32_t now = atomic_load(&c->ticks);

	if (now == c->seen_ticks)
		return false;
	c->seen_ticks = now;
	return true;
}

static void mark_stuck(struct carrier *c)
{
	uint32_t active = CARRIER_ACTIVE;
	struct thread *t = *(struct thread *volatile *)&c->cur;

	/* one that runs no thread is only waiting for a CPU */
	if (!t || !atomic_compare_exchange_strong(&c->mode, &active,
						  CARRIER_STUCK))
		return;
	count_shared(&stats.replaced, 1);
	atomic_fetch_or(&t->hog, HOG_ONCE);
	if (atomic_fetch_sub(&carriers_active, 1) - 1 < carriers_wanted &&
	    !carrier_call_up())
		ask_for_carrier();
}

/*
 * Have the kernel threads of all stuck carriers enter their rings, whatever
 * they are doing.  One that runs answers at once; one that sleeps in an
 * uninterruptible call or waits for a CPU does not, and is asked again at each
 * tick.
 */
static void kick_stuck(int n)
{
	uint32_t due = atomic_load(&answers), seen = due;
	struct timespec ts;
	int64_t end;

	for (int i = 0; i < n; i++)
		if (atomic_load(&carriers[i]->mode) == CARRIER_STUCK) {
			send_33(carriers[i]->tid, KICK_MARK);
			due++;
		}
	if (due == seen)
		return;
	end = now_ns() + PATIENCE;
	ts = (struct timespec){ end / 1000000000, end % 1000000000 };
	while ((int)(due - (seen = atomic_load(&answers))) > 0 &&
	       sys_futex_wait(&answers, seen, &ts) != -ETIMEDOUT)
		;
}

static void serve_stuck(struct carrier *c)
{
	timers_expire(c, NULL, now_ns());
	carrier_hand_over(c);
	engine->rescue(c);
}

/*
 * All carriers are stuck, and there can't be another: what is ready is run at
 * home, so that whoever they wait for gets on.
 */
static void last_resort(void)
{
	int n = atomic_load(&carriers_made);

	if (atomic_load(&carriers_active))
		return;
	if (tick % SECOND == 0 && !atomic_load(&carriers_due)) {
		if (carrier_call_up())
			return;
		ask_for_carrier();
	}
	if (atomic_load(&carriers_due) && tick - asked < GRACE)
		return;
	for (int i = 0; i < n; i++) {
		struct thread *t;

		while ((t = runq_pop(carriers[i])))
			thread_send_home(t);
	}
}

/* Is c getting on?  True if it is doing something. */
static bool look_at(struct carrier *c)
{
	carrier_urge(c);
	if (atomic_load(&c->mode) != CARRIER_ACTIVE)
		return false;
	if (made_progress(c))
		return true;
	if (atomic_load(&c->sleeping))
		return false;
	if (has_other_work(c))
		mark_stuck(c);
	else	/* let somebody else watch the engine */
		carrier_rouse_idle();
	return true;
}

/* One look at all carriers.  True if any of them was doing something. */
static bool look_round(void)
{
	int n = atomic_load(&carriers_made);
	bool busy = false;

	tick++;
	for (int i = 0; i < n; i++)
		busy |= look_at(carriers[i]);
	if (engine->kicked)
		kick_stuck(n);
	for (int i = 0; i < n; i++)
		if (atomic_load(&carriers[i]->mode) == CARRIER_STUCK) {
			busy = true;
			serve_stuck(carriers[i]);
		}
	last_resort();
	return busy;
}

static void until(int64_t when)
{
	struct timespec ts = { .tv_sec = when / 1000000000,
			       .tv_nsec = when % 1000000000 };

	sys_futex_wait(&monitor_asleep, 0, &ts);
}

static void sleep_deep(void)
{
	atomic_store(&monitor_asleep, 1);
	/* a carrier that woke up before it could see that has not nudged */
	if (look_round())
		monitor_wake();
	while (atomic_load(&monitor_asleep) && !atomic_load(&ring_stop))
		sys_futex_wait(&monitor_asleep, 1, NULL);
}

void monitor_wake(void)
{
	if (atomic_exchange(&monitor_asleep, 0))
		sys_futex_wake(&monitor_asleep, 1);
}

static void *monitor_main(void *arg)
{
	int quiet = 0;

	(void)arg;
	atomic_store(&monitor_tid, sys_gettid());
	for (unsigned n = 1; !atomic_load(&ring_stop); n++) {
		until(now_ns() + TICK);
		quiet = look_round() ? 0 : quiet + 1;
		if (ring_conf->every_second && n % SECOND == 0) {
			atomic_store(&second_due, true);
			send_helper();
		}
		if (quiet >= QUIET && n % SECOND == 0) {
			sleep_deep();
			quiet = 0;
		}
	}
	return NULL;
}

/* Start the monitor, and its helper.  0 or -errno.  By ring_start(), after the
   carriers. */
int monitor_start(void)
{
	struct ksigaction old;
	int r = sys_sigaction(SIG_KICK, NULL, 0, &old);

	if (r)
		return r;
	if (old.handler != on_33)
		libc_33 = old;
	r = sys_sigaction(SIG_KICK, on_33,
			  SA_SIGINFO | SA_RESTART | SA_ONSTACK | SA_ALONE,
			  NULL);
	if (r)
		return r;
	atomic_store(&monitor_tid, 0);
	atomic_store(&helper_tid, 0);
	r = ring_conf->spawn(helper_main, NULL);
	return r ? -r : -ring_conf->spawn(monitor_main, NULL);
}

/* ring_stop is set: have the monitor and its helper notice, and what libc has its
   signal do is libc's alone again. */
void monitor_end(void)
{
	monitor_wake();
	send_helper();
	sys4(SYS_rt_sigaction, SIG_KICK, SYS_P(&libc_33), 0, 8);
}

void monitor_child(void)
{
	atomic_store(&monitor_asleep, 0);
	atomic_store(&errand, 0);
	atomic_store(&carriers_due, 0);
	atomic_store(&second_due, false);
}
