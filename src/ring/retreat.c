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
 * Some may not come: one that waits away in a call that we do not know, for
 * something that the caller has locked.  After PATIENCE everything is put back
 * as it was.
 */
#include "ring/sched.h"

#define PATIENCE INT64_C(3000000000)	/* ns: of a busy machine's schedulers */
#define ROUND	 300000			/* ns between two rounds of asking */

_Atomic bool ring_over, ring_stop;

static bool all_home;	/* the waits of those at home are to end, too */

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
	int n = ring_conf->retreating ? ring_conf->retreating() : 0;

	n += thread_each(ask);
	for (int i = 0; i < atomic_load(&carriers_made); i++)
		carrier_urge(carriers[i]);
	all_home = n == 0;
	return n + ops_left();
}

static bool gone(int tid)
{
	return !tid || sys3(SYS_tgkill, sys3(SYS_getpid, 0, 0, 0), tid, 0) ==
			       -ESRCH;
}

static bool all_ended(void)
{
	for (int i = 0; i < atomic_load(&carriers_made); i++)
		if (!gone(carriers[i]->tid))
			return false;
	return gone(monitor_tid);
}

/* Nobody is away, and never will be: carriers and monitor end. */
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

bool ring_retreat(void)
{
	int64_t end = now_ns() + PATIENCE;
	bool few = atomic_load(&ring_few);

	atomic_store(&ring_over, true);
	atomic_store(&ring_few, true);
	all_home = false;
	while (ask_all()) {
		if (now_ns() > end) {
			atomic_store(&ring_over, false);
			atomic_store(&ring_few, few);
			return false;
		}
		nap_by_futex(ROUND);
	}
	atomic_store((_Atomic bool *)&ring_up, false);
	end_all();
	engine = &engine_none;
	return true;
}
