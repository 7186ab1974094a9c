/*
 * retreat.c - everybody goes home, for good, and the engine ends
 *
 * A program that is about to have a filter of its system calls (seccomp) has
 * written down which calls it makes.  Ours are not among them; and one that is
 * refused is most often the end of the process.  So before the filter comes
 * there must be nobody left who would make them: the threads that are away come
 * home, where they wait as libc has them wait, carriers and monitor end, and our
 * descriptors are closed.
 *
 * From ring_over on nobody leaves home: who is about to says that he is away
 * first and then looks (set_out()), and we say that it is over first and then
 * look for those that are away; so there is none that neither sees.  Those that
 * are away are asked home as for a signal: a wait ends with -EINTR, whoever asked
 * for it attends to that, which means to go home (src/shim/signal.c), and goes
 * on with it there, by libc's own call; one that computes is brought (bring.c).
 * They are asked again and again until there is none.
 *
 * A thread that waits by address, or sleeps, is in a futex call then, as it
 * would be in libc's, and so it stays.
 *
 * One may wait away in a call that we do not know, for the lock of a stream, for
 * one.  It is brought out of that, too (retreat_hard): interrupted at the very
 * instruction that makes the system call, and continued there at home.
 *
 * And those at home may be in the middle of calls of ours: they count
 * themselves in before they look at ring_over (own_begin()), and are waited for.
 *
 * Should somebody not come nevertheless then everything is put back as it was,
 * after PATIENCE.
 */
#include "ring/sched.h"

#define PATIENCE INT64_C(10000000000)	/* ns: threads of low priority, on a busy
					   machine, may get no CPU for seconds */
#define GENTLE	 INT64_C(30000000)	/* ns: who has not come by then waits, most
					   likely, within libc */
#define ROUND	 300000			/* ns between two rounds of asking */

_Atomic bool ring_over, ring_stop;

static bool all_home;	/* the waits of those at home are to end, too */
_Atomic bool retreat_hard;
_Atomic bool retreat_done;

/* Without a call that a filter may not know: every lock's waiters use it. */
void nap_by_futex(int64_t ns)
{
	static const uint32_t never;
	int64_t end = now_ns() + ns;
	struct timespec ts = { end / 1000000000, end % 1000000000 };

	sys_futex_wait(&never, 0, &ts);
}

/* 1: t has yet to come home, or to end an engine's kind of wait there. */
static int ask(struct thread *t)
{
	int here = atomic_load(&t->away) || atomic_load(&t->blocks);

	if (atomic_load(&t->away))
		atomic_fetch_or(&t->attention, ATTEND | ATTEND_NOW);
	if (here || (all_home && atomic_load(&t->state) == ST_HOMEWAIT))
		thread_interrupt(t);
	return here;
}

/* How many ops the engine has, whose threads may be at home. */
static int ops_left(void)
{
	int n = 0;

	for (int i = 0; i < atomic_load(&carriers_made); i++)
		n += (int)atomic_load(&carriers[i]->armed);
	return n;
}

static int ask_all(void)
{
	int n = atomic_load(&records_begun);

	if (ring_conf->retreating)
		n += ring_conf->retreating();
	n += thread_each(ask);
	for (int i = 0; i < atomic_load(&carriers_made); i++)
		carrier_urge(carriers[i]);
	all_home = n == 0;
	return n + ops_left();
}

/*
 * 1: t is at home and in the middle of something of ours: it tries an op, or has
 * woken somebody who was away.  Asked when nobody is away any more, for then there
 * is nobody else to be woken by the engine's calls.
 */
static int inside(struct thread *t)
{
	uint32_t s = atomic_load(&t->state);

	return t != ring_self && s != ST_HOMEWAIT &&
	       (t->own || t->holds || s == ST_PARKING);
}

static bool gone(int tid)
{
	return tid && sys3(SYS_tgkill, sys3(SYS_getpid, 0, 0, 0), tid, 0) ==
			       -ESRCH;
}

static bool all_ended(void)
{
	/* one may have asked the other for a carrier just now */
	if (!gone(monitor_tid) || !gone(helper_tid))
		return false;
	for (int i = 0; i < atomic_load(&carriers_made); i++)
		if (!gone(carriers[i]->tid))
			return false;
	return true;
}

/* Nobody is away, and never will be: carriers, monitor and helper end. */
static void end_all(void)
{
	atomic_store(&ring_stop, true);
	monitor_end();
	while (!all_ended()) {
		carriers_end();
		monitor_wake();
		nap_by_futex(ROUND);
	}
	fd_high_close_all();
}

static void no_fd(int fd)
{
	(void)fd;
}

static void nothing_left(void)
{
}

/* For who has seen ring_up just before, and for a fork. */
static const struct engine engine_none = {
	.name = "none",
	.forget = no_fd,
	.child = nothing_left,
};

/* False if some have not come by then. */
static bool all_come(int64_t end)
{
	int64_t hard = end - PATIENCE + GENTLE;
	bool again = true;

	while (ask_all() || thread_each(inside) || again) {
		again = false;	/* a signal of ours may yet return */
		if (now_ns() > end)
			return false;
		atomic_store(&retreat_hard, now_ns() > hard);
		nap_by_futex(ROUND);
	}
	return true;
}

bool ring_retreat(void)
{
	bool few = atomic_load(&ring_few), come;

	atomic_store(&ring_over, true);
	atomic_store(&ring_few, true);
	all_home = false;
	come = all_come(now_ns() + PATIENCE);
	atomic_store(&retreat_hard, false);
	if (!come) {
		atomic_store(&ring_over, false);
		atomic_store(&ring_few, few);
		return false;
	}
	atomic_store((_Atomic bool *)&ring_up, false);
	end_all();
	engine = &engine_none;
	atomic_store(&retreat_done, true);
	return true;
}

void retreat_child(void)
{
	if (atomic_load(&retreat_done))
		return;
	atomic_store(&ring_over, false);
	atomic_store(&ring_stop, false);
	atomic_store(&records_begun, 0);
}
