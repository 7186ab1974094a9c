/*
 * carrier.c - carriers: the kernel threads that run threads that are away
 *
 * A carrier is a pthread of ours with every signal blocked but the ones a
 * thread brings on itself, its own share of the engine, run queue and
 * deadlines.  Its loop takes a thread from its queue, or half of another
 * carrier's, and runs it; when there is none it waits in the engine.
 *
 * There are as many active carriers as CPUs (carriers_wanted).  One that the
 * monitor finds stuck is replaced: a spare is called up, or a new one made,
 * and takes over.  When the stuck one comes back there is one too many; it
 * becomes surplus: it runs no threads, hands those its engine wakes to the
 * others, and when its engine holds no more ops, it sleeps as a spare.  A
 * carrier never exits: with io_uring its pending requests would die with it.
 *
 * The table only grows, and a carrier is never freed, so it is read without
 * a lock.
 */
#include "ring/sched.h"

#include <signal.h>

struct carrier *_Atomic carriers[CARRIERS_MAX];
_Atomic int carriers_made;
int carriers_wanted;
_Atomic int carriers_active;
_Atomic int carriers_idle;

static _Atomic uint32_t turn;

/* --- choosing and waking -------------------------------------------------- */

static struct carrier *carrier_at(int i)
{
	return atomic_load_explicit(&carriers[i], memory_order_acquire);
}

static bool carrier_is(struct carrier *c, enum carrier_mode m)
{
	return c && atomic_load_explicit(&c->mode, memory_order_relaxed) == m;
}

/* Which carrier should run t, if the caller is on none: the one it last ran
   on if that has nothing to do, else one that has not, else in turn. */
struct carrier *carrier_for(struct thread *t)
{
	int n = atomic_load(&carriers_made), at, i;
	struct carrier *c = t->carrier, *any = NULL;

	if (carrier_is(c, CARRIER_ACTIVE) && atomic_load(&c->sleeping))
		return c;
	at = (int)(atomic_fetch_add_explicit(&turn, 1, memory_order_relaxed) %
		   (uint32_t)n);
	for (i = 0; i < n; i++) {
		c = carrier_at((at + i) % n);
		if (!carrier_is(c, CARRIER_ACTIVE))
			continue;
		if (atomic_load(&c->sleeping))
			return c;
		if (!any)
			any = c;
	}
	/* none active: for a moment, or all are stuck; the monitor knows */
	return any ? any : carrier_at(0);
}

/* Something was put where c looks: end its sleep if it sleeps. */
void carrier_rouse(struct carrier *c)
{
	atomic_thread_fence(memory_order_seq_cst);
	if (atomic_load(&c->sleeping) && atomic_exchange(&c->sleeping, 0)) {
		atomic_fetch_sub(&carriers_idle, 1);
		engine->wake(c);
	}
}

/* Wake one idle active carrier, to steal.  false if there is none. */
bool carrier_rouse_idle(void)
{
	int n;

	if (likely(!atomic_load_explicit(&carriers_idle,
					 memory_order_relaxed)))
		return false;
	n = atomic_load(&carriers_made);
	for (int i = 0; i < n; i++) {
		struct carrier *c = carrier_at(i);

		if (carrier_is(c, CARRIER_ACTIVE) &&
		    atomic_load(&c->sleeping)) {
			carrier_rouse(c);
			return true;
		}
	}
	return false;
}

/* --- the loop -------------------------------------------------------------- */

static struct thread *steal(struct carrier *c)
{
	int n = atomic_load(&carriers_made);

	for (int i = 1; i < n; i++) {
		struct carrier *from = carrier_at((c->index + i) % n);
		struct thread *t = from ? runq_steal(from, c) : NULL;

		if (!t)
			continue;
		count(&c->n->steals);
		return t;
	}
	return NULL;
}

static bool work_anywhere(void)
{
	int n = atomic_load(&carriers_made);

	for (int i = 0; i < n; i++) {
		struct carrier *c = carrier_at(i);

		if (c && atomic_load(&c->runq.len))
			return true;
	}
	return false;
}

/* Nothing to run: wait in the engine, unless something came meanwhile. */
static void idle(struct carrier *c)
{
	atomic_fetch_add(&carriers_idle, 1);
	atomic_store(&c->sleeping, 1);
	atomic_thread_fence(memory_order_seq_cst);
	if (carrier_is(c, CARRIER_ACTIVE) ? work_anywhere() :
					    atomic_load(&c->runq.len) != 0) {
		engine->poll(c);
	} else {
		count(&c->n->waits);
		engine->wait(c, atomic_load(&c->timers.next));
	}
	if (atomic_exchange(&c->sleeping, 0))
		atomic_fetch_sub(&carriers_idle, 1);
	atomic_fetch_add_explicit(&c->ticks, 1, memory_order_relaxed);
	monitor_nudge();
}

/* Hand everything in the queue of c, which is not active, to those that
   are. */
void carrier_hand_over(struct carrier *c)
{
	uint32_t n = atomic_load(&c->runq.len);
	struct thread *t;

	/* bounded: with nobody active they come back here */
	while (n-- && (t = runq_pop(c)))
		thread_enqueue(NULL, t);
}

/*
 * If c sleeps as a spare, or is about to, have it look again.  It may have a
 * deadline: it was chosen for that while it was active, by somebody who then had
 * to wait for a CPU.  As for .sleeping, insert and look at .mode against set .mode
 * and look at .next.
 */
void carrier_recall(struct carrier *c)
{
	uint32_t spare = CARRIER_SPARE;

	if (atomic_compare_exchange_strong(&c->mode, &spare, CARRIER_SURPLUS))
		sys_futex_wake(&c->mode, 1);
}

/* c is not needed and its engine holds nothing: sleep until called up. */
static void spare_sleep(struct carrier *c)
{
	uint32_t surplus = CARRIER_SURPLUS;

	if (!atomic_compare_exchange_strong(&c->mode, &surplus, CARRIER_SPARE))
		return;
	carrier_hand_over(c);
	if (atomic_load(&c->timers.next) != FOREVER)
		carrier_recall(c);
	while (carrier_is(c, CARRIER_SPARE))
		sys_futex_wait(&c->mode, CARRIER_SPARE, NULL);
}

/* A turn of a carrier that is not active. */
static void serve(struct carrier *c)
{
	carrier_hand_over(c);
	if (atomic_load(&c->armed) == 0 &&
	    atomic_load(&c->timers.next) == FOREVER) {
		spare_sleep(c);
		return;
	}
	idle(c);
	timers_expire(c, NULL, now_ns());
}

static void loop(struct carrier *c)
{
	while (likely(!atomic_load_explicit(&ring_stop,
					    memory_order_relaxed))) {
		struct thread *t;

		if (unlikely(!carrier_is(c, CARRIER_ACTIVE))) {
			carrier_back(c);
			if (!carrier_is(c, CARRIER_ACTIVE)) {
				serve(c);
				continue;
			}
		}
		if (atomic_load_explicit(&c->timers.next,
					 memory_order_relaxed) != FOREVER)
			timers_expire(c, c, now_ns());
		t = runq_pop(c);
		if (!t)
			t = steal(c);
		if (t)
			thread_run(c, t);
		else
			idle(c);
	}
}

/* --- making and replacing --------------------------------------------------- */

/*
 * c, on itself, is stuck no longer or surplus: it is active again if there
 * is room, else surplus.
 */
void carrier_back(struct carrier *c)
{
	uint32_t m = atomic_load(&c->mode);
	int n = atomic_load(&carriers_active);

	if (m != CARRIER_STUCK && m != CARRIER_SURPLUS)
		return;
	do {
		if (n >= carriers_wanted) {
			atomic_compare_exchange_strong(&c->mode, &m,
						       CARRIER_SURPLUS);
			return;
		}
	} while (!atomic_compare_exchange_weak(&carriers_active, &n, n + 1));
	if (!atomic_compare_exchange_strong(&c->mode, &m, CARRIER_ACTIVE))
		atomic_fetch_sub(&carriers_active, 1);
}

struct start {
	struct carrier *c;
	_Atomic uint32_t word;	/* 0: not yet, else 1 - result */
};

/* The signals a thread brings on itself are its own, on whatever kernel
   thread it runs; if they were blocked, the kernel would kill. */
static void unblock_faults(void)
{
	const uint64_t set = SIGS_OWN;

	sys4(SYS_rt_sigprocmask, SIG_UNBLOCK, SYS_P(&set), 0, sizeof(set));
}

/* Before its first turn: who has work must find it by then, and it them. */
static void publish(struct carrier *c)
{
	int n = c->index + 1;

	atomic_store(&carriers[c->index], c);
	if (carrier_is(c, CARRIER_ACTIVE))
		atomic_fetch_add(&carriers_active, 1);
	atomic_store(&carriers_made, n);
	__atomic_store_n(&stats.carriers, (uint32_t)n, __ATOMIC_RELEASE);
}

static void *carrier_main(void *arg)
{
	struct start *start = arg;
	struct carrier *c = start->c;
	int r;

	ring_carrier = c;
	__asm__("movq %%fs:0, %0" : "=r"(c->fs));
	c->fs_now = c->fs;
	c->tid = sys_gettid();
	unblock_faults();
	r = fs_carrier_init(c);
	if (r == 0)
		r = engine->open(c);
	if (r && c->perf_fd > 0)
		fd_high_close(c->perf_fd);
	if (r == 0)
		publish(c);
	atomic_store(&start->word, (uint32_t)(1 - r));
	sys_futex_wake(&start->word, 1);
	if (r == 0)
		loop(c);
	return NULL;
}

static struct carrier *carrier_alloc(void)
{
	struct carrier *c = ring_map(sizeof(*c));

	if (!c)
		return NULL;
	c->budget = 1;
	timers_init(&c->timers);
	return c;
}

/*
 * Make one more carrier: active, or CARRIER_SURPLUS to be a spare, unless it finds
 * that there is room for it.  By ring_start() or the helper (monitor.c).  0, or -errno
 * and there is none.
 */
int carrier_add(enum carrier_mode mode)
{
	int i = atomic_load(&carriers_made), r;
	struct start start = { 0 };

	if (i == CARRIERS_MAX)
		return -ENOSPC;
	if (i >= carriers_wanted && !fd_room())
		return -EMFILE;
	start.c = carrier_alloc();
	if (!start.c)
		return -ENOMEM;
	start.c->index = i;
	atomic_store(&start.c->mode, mode);
	start.c->n = &stats.slot[i];
	r = ring_conf->spawn(carrier_main, &start);
	if (r) {
		sys_munmap(start.c, sizeof(*start.c));
		return -r;
	}
	while (!atomic_load(&start.word))
		sys_futex_wait(&start.word, 0, NULL);
	return 1 - (int)atomic_load(&start.word);
}

/* A stuck one that comes back meanwhile has it be a spare.  One that could not be
   made is not asked for again at once; and the reason is told once. */
void carrier_add_if_likely(void)
{
	static int64_t not_before;
	static bool told;
	int r;

	if (now_ns() < not_before)
		return;
	r = carrier_add(CARRIER_SURPLUS);
	if (r) {
		not_before = now_ns() + 1000000000;
		if (!told)
			ring_tell("no further carrier could be made", r);
		told = true;
	}
}

/* Call up a carrier in place of a stuck one.  By the monitor.  False if there is
   none. */
bool carrier_call_up(void)
{
	int n = atomic_load(&carriers_made);

	for (int i = 0; i < n; i++) {
		struct carrier *c = carrier_at(i);
		uint32_t m = CARRIER_SPARE;

		if (atomic_compare_exchange_strong(&c->mode, &m,
						   CARRIER_ACTIVE)) {
			atomic_fetch_add(&carriers_active, 1);
			sys_futex_wake(&c->mode, 1);
			return true;
		}
		m = CARRIER_SURPLUS;
		if (atomic_compare_exchange_strong(&c->mode, &m,
						   CARRIER_ACTIVE)) {
			atomic_fetch_add(&carriers_active, 1);
			carrier_rouse(c);
			return true;
		}
	}
	return false;
}

struct carrier *carrier_by_tid(int tid)
{
	int n = atomic_load(&carriers_made);

	for (int i = 0; i < n; i++) {
		struct carrier *c = carrier_at(i);

		if (c->tid == tid)
			return c;
	}
	return NULL;
}

/* ring_stop is set, and nobody is away: have each notice that it is to end. */
void carriers_end(void)
{
	int n = atomic_load(&carriers_made);

	for (int i = 0; i < n; i++) {
		struct carrier *c = carrier_at(i);

		carrier_recall(c);
		engine->wake(c);
	}
}

/* In a forked child: there are none. */
void carriers_child(void)
{
	for (int i = 0; i < atomic_load(&carriers_made); i++)
		atomic_store(&carriers[i], NULL);
	atomic_store(&carriers_made, 0);
	atomic_store(&carriers_active, 0);
	atomic_store(&carriers_idle, 0);
}
