/*
 * sched.c - threads and carriers: parking, waking, switching
 *
 * A thread's context is run by its home or by a carrier, or by nobody, and
 * thread.state says which of the two sides of a wait has come how far:
 *
 *	ST_RUN -> ST_PARKING -> ST_PARKED -> ST_READY -> ST_RUN
 *
 * park_prepare() sets ST_PARKING; from then on the thread may be woken, so
 * it is what a thread does before it tells anybody that it waits.  Whoever
 * takes it from PARKING or PARKED to READY (a compare-and-swap, with the
 * reason in the same word) has woken it, and there is one such for a wait.
 * The thread's context is saved only some time after PARKING; it must not be
 * run before.  So whoever runs next on that kernel thread "finishes" the
 * one before (finish()): PARKING becomes PARKED by compare-and-swap, and if
 * that fails the thread was woken in between and the finisher enqueues it.
 * A waker that found PARKED enqueues it itself; one that found PARKING does
 * nothing more.  Hence a thread is enqueued once a wait, after its context
 * is whole, without a lock.
 *
 * A switch goes from thread to thread; the carrier's own loop (carrier.c)
 * runs only when the queue is empty, or every BUDGET switches to look at the
 * engine.  After any switch the thread may be on another carrier: nothing
 * about a carrier is kept across one.
 *
 * A home is a loop on a small stack of its own: finish what just left, sleep
 * until the thread is to be fetched, switch to it.  It has the thread's FS
 * base, so it must not write anything thread-local; and signals reach it
 * with the mask the thread itself has set, so that the kernel does the
 * routing (src/shim/signal.c).
 *
 * Wake-ups of sleeping carriers are not lost: a waker pushes to the queue
 * and then reads .sleeping; a carrier sets .sleeping and then reads the
 * queue's length; both with a full fence in between, so at least one sees
 * the other.  The same holds for the deadline heap.
 */
#include "ring/sched.h"

/* A carrier looks at its engine at least this often: the order of magnitude
   of a batch; a switch costs some 20 ns, a look some 100 to 1000. */
#define BUDGET 64

/* Cycles of the time-stamp counter, 2 to 4 of them a nanosecond: how long an
   op may wait to be begun. */
#define LOOK 800000

/* Of a thread that runs for so many between its waits the kernel takes better
   care; a wait there costs some 5 us more. */
#define HEAVY 500000

/* Queue length from which an idle carrier is worth waking: one wake-up costs
   about as much as running this many threads for a short request. */
#define CROWD 4

/* Bytes of stack between a blocked call's interposer and the switch, about. */
#define FRAMES 640

/* So often may a thread hold a carrier up before it stays at home: enough
   for a slow request now and then, few enough that a thread which blocks
   behind our back settles to 1:1 within some tenths of a second. */
#define HOGS_MAX 16

__thread struct thread *ring_self __attribute__((tls_model("initial-exec")));
__thread struct carrier *ring_carrier
	__attribute__((tls_model("initial-exec")));
const struct engine *engine;
const struct ring_conf *ring_conf;
bool ring_up;
_Atomic bool ring_few;

void let_others(int n)
{
	static const struct timespec brief = { .tv_nsec = 50000 };

	if (unlikely(atomic_load(&ring_over)))
		nap_by_futex(50000);
	else if (n < 100)
		sys3(SYS_sched_yield, 0, 0, 0);
	else
		sys4(SYS_nanosleep, SYS_P(&brief), 0, 0, 0);
}

void spin_slow(struct spin *s, uint32_t as)
{
	int n = 0;

	while (atomic_load_explicit(&s->held, memory_order_relaxed) ||
	       atomic_exchange_explicit(&s->held, as, memory_order_acquire)) {
		if (++n % 64)
			__builtin_ia32_pause();
		else
			let_others(n / 64);
	}
}

/* --- run queues ---------------------------------------------------------- */

void runq_push(struct carrier *c, struct thread *t)
{
	struct runq *q = &c->runq;

	t->next = NULL;
	spin_lock(&q->lock);
	if (q->tail)
		q->tail->next = t;
	else
		q->head = t;
	q->tail = t;
	atomic_fetch_add_explicit(&q->len, 1, memory_order_seq_cst);
	spin_unlock(&q->lock);
}

static struct thread *take_head(struct runq *q)
{
	struct thread *t = q->head;

	if (!t)
		return NULL;
	q->head = t->next;
	if (!q->head)
		q->tail = NULL;
	atomic_fetch_sub_explicit(&q->len, 1, memory_order_relaxed);
	return t;
}

struct thread *runq_pop(struct carrier *c)
{
	struct runq *q = &c->runq;
	struct thread *t;

	if (!atomic_load_explicit(&q->len, memory_order_relaxed))
		return NULL;
	spin_lock(&q->lock);
	t = take_head(q);
	spin_unlock(&q->lock);
	return t;
}

/* Move half of what waits at from to to, the first of them being returned. */
struct thread *runq_steal(struct carrier *from, struct carrier *to)
{
	struct thread *first = NULL, *t;
	struct runq *q = &from->runq;
	uint32_t n;

	if (!atomic_load_explicit(&q->len, memory_order_relaxed))
		return NULL;
	for (n = (atomic_load(&q->len) + 1) / 2; n; n--) {
		spin_lock(&q->lock);
		t = take_head(q);
		spin_unlock(&q->lock);
		if (!t)
			break;
		if (!first)
			first = t;
		else
			runq_push(to, t);
	}
	return first;
}

/* t is ready and its context whole: let some carrier run it.  here: the
   carrier the caller is on, NULL if none. */
void thread_enqueue(struct carrier *here, struct thread *t)
{
	struct carrier *c = here;

	if (!c || atomic_load_explicit(&c->mode, memory_order_relaxed) !=
			  CARRIER_ACTIVE)
		c = carrier_for(t);
	runq_push(c, t);
	if (!here || c != here) {
		carrier_rouse(c);
		/* it may have ceased to be active since it was chosen */
		if (unlikely(atomic_load(&c->mode) != CARRIER_ACTIVE))
			carrier_rouse_idle();
	} else if (unlikely(atomic_load_explicit(&c->runq.len,
					       memory_order_relaxed) >= CROWD))
		carrier_rouse_idle();
}

/* --- switching ----------------------------------------------------------- */

void *ctx_make(void *top, void (*fn)(void *), void *arg)
{
	uint64_t *sp = (uint64_t *)((uintptr_t)top & ~(uintptr_t)15);

	*--sp = 0;			/* keeps ctx_entry's calls aligned */
	*--sp = (uintptr_t)ctx_entry;
	*--sp = 0;			/* rbp: the end of the chain */
	*--sp = 0;			/* rbx */
	*--sp = (uintptr_t)fn;		/* r12 */
	*--sp = (uintptr_t)arg;		/* r13 */
	*--sp = 0;			/* r14 */
	*--sp = 0;			/* r15 */
	*--sp = 0x037f00001f80;		/* x87 words, MXCSR: as at exec */
	return sp;
}

/*
 * From one context to another on carrier c.  Not to be inlined: between
 * fs_set() and ctx_switch() nothing may be thread-local, and nothing that
 * was read before may be believed after.
 */
static __attribute__((noinline)) void switch_to(struct carrier *c,
						 void **save, void *load,
						 uintptr_t fs)
{
	fs_set(c, fs);
	ctx_switch(save, load);
}

/* t has been switched from, its context is whole; here: see above. */
static void finish(struct carrier *here, struct thread *t)
{
	uint32_t parking = ST_PARKING;

	switch (t->leave) {
	case LEAVE_PARK:
		if (!atomic_compare_exchange_strong(&t->state, &parking,
						    ST_PARKED))
			thread_enqueue(here, t);
		break;
	case LEAVE_READY:
		thread_enqueue(here, t);
		break;
	case LEAVE_HOME:
		atomic_fetch_or(&t->home_call, HOME_CALLED);
		sys_futex_wake(&t->home_call, 1);
		break;
	}
}

static void finish_prev(struct carrier *c)
{
	struct thread *prev = c->prev;

	c->prev = NULL;
	if (prev)
		finish(c, prev);
}

/*
 * Sleep until called.  A signal handler on this stack can't wake the thread
 * itself, for it may have interrupted finish() with a lock held: it sets
 * HOME_POKED, which ends the futex wait or keeps it from beginning.
 */
static void home_sleep(struct thread *t)
{
	uint32_t w;

	while (!((w = atomic_load(&t->home_call)) & HOME_CALLED)) {
		if (w & HOME_POKED) {
			atomic_fetch_and(&t->home_call, ~HOME_POKED);
			if (!thread_wake_from(NULL, t, WAKE_INTR))
				carrier_urge(t->carrier);
		} else {
			sys_futex_wait(&t->home_call, 0, NULL);
		}
	}
	atomic_fetch_and(&t->home_call, ~HOME_CALLED);
}

/* Where a home sleeps; on its small stack, with t's FS base. */
static void home_loop(void *arg)
{
	struct thread *t = arg;

	for (;;) {
		finish(NULL, t);
		home_sleep(t);
		ctx_switch(&t->home_sp, t->sp);
	}
}

static inline void tick(struct carrier *c)
{
	atomic_store_explicit(
		&c->ticks,
		atomic_load_explicit(&c->ticks, memory_order_relaxed) + 1,
		memory_order_relaxed);
}

/*
 * t has run for that many cycles since its last wait.  One that is heavy is
 * to wait at home: there the kernel shares the CPU between it and the others,
 * which a carrier can't while it runs it, and what a wait costs is little
 * beside what it computes.  (On average over its waits: the long run may have
 * been somebody else's, to whom the kernel gave the carrier's CPU meanwhile.)
 */
static void weigh(struct thread *t, uint64_t ran)
{
	if (ran > 4 * HEAVY)
		ran = 4 * HEAVY;
	t->run += ((int)ran - t->run) >> 4;
	if (t->run > HEAVY)
		atomic_fetch_or(&t->hog, HOG_HEAVY);
}

/* Is t, at home because it was heavy, heavy still?  Its CPU clock tells. */
static bool still_heavy(struct thread *t)
{
	struct timespec ts = { 0 };
	int64_t was = t->cpu;

	sys3(SYS_clock_gettime, CLOCK_THREAD_CPUTIME_ID, SYS_P(&ts), 0);
	t->cpu = (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
	weigh(t, (uint64_t)(t->cpu - was) * 3);
	if (t->run > LONG_RUN)
		return true;
	t->run = 0;
	atomic_fetch_and(&t->hog, (uint8_t)~HOG_HEAVY);
	return false;
}

/*
 * Is c to look at its engine before it runs another thread?  Ops that were
 * begun go to the kernel in batches when it does; that is what makes them
 * cheap, and must not make them late: after BUDGET switches, after LOOK of
 * time, and at every switch while threads run for LONG_RUN each.  (One long run
 * alone may be the kernel's doing; so each counts for no more than 4 LONG_RUN.)
 */
static bool time_to_look(struct carrier *c, struct thread *t)
{
	uint64_t now = __builtin_ia32_rdtsc(), ran = now - c->switched;

	if (unlikely(ran > LONG_RUN || t->run))
		weigh(t, ran > LONG_RUN ? ran : 0);
	if (unlikely(ran > 4 * LONG_RUN))
		ran = 4 * LONG_RUN;
	c->run += ((int)ran - c->run) / 8;
	c->switched = now;
	return --c->budget <= 0 || c->run > LONG_RUN || now - c->looked > LOOK;
}

static void look(struct carrier *c)
{
	c->budget = BUDGET;
	count(&c->n->looks);
	engine->poll(c);
	c->looked = __builtin_ia32_rdtsc();
}

/*
 * Have the memory fetched that t will touch when it runs: the end of its
 * stack, where it is switched to and returns through the library's frames,
 * and the line of its TLS that names it.  With a thousand threads none of it
 * is in the cache.  What is read here without a lock may be out of date, but it
 * is memory of threads, and records are never unmapped.
 */
void thread_warm(const struct thread *t)
{
	const char *sp = t->sp;

	for (int i = 0; i < FRAMES; i += 64)
		__builtin_prefetch(sp + i, 1);
	__builtin_prefetch(ring_self_of(t));
	__builtin_prefetch(t->user);
}

/* The same for the next of the queue, and the record of the one after it. */
static void prefetch_next(struct carrier *c)
{
	struct thread *t = *(struct thread *volatile *)&c->runq.head;

	if (!t)
		return;
	thread_warm(t);
	t = *(struct thread *volatile *)&t->next;
	if (t)
		__builtin_prefetch(t, 1);
}

/* Leave the carrier, for the next ready thread or for the carrier's loop. */
static void switch_from_carrier(struct thread *t)
{
	struct carrier *c = t->carrier;
	struct thread *next = NULL;

	if (time_to_look(c, t))
		c->budget = 0;
	else if (likely(atomic_load_explicit(&c->mode, memory_order_relaxed) ==
			CARRIER_ACTIVE))
		next = runq_pop(c);
	if (next == t) {
		if (t->leave == LEAVE_READY)
			return;
		runq_push(c, t);
		next = NULL;
	}
	c->prev = t;
	c->cur = next;
	tick(c);
	if (next) {
		count(&c->n->switches);
		next->carrier = c;
		prefetch_next(c);
		switch_to(c, &t->sp, next->sp, next->fs);
	} else {
		switch_to(c, &t->sp, c->sp, c->fs);
	}
}

/*
 * Leave home, and be back there or on a carrier when this returns.  False if
 * nobody leaves any more: whoever looks for those that are away has said so
 * before, and so finds t, or t sees it here.
 */
static bool set_out(struct thread *t)
{
	atomic_store(&t->away, 1);
	if (unlikely(atomic_load(&ring_over))) {
		atomic_store(&t->away, 0);
		return false;
	}
	ctx_switch(&t->sp, t->home_sp);
	return true;
}

/*
 * Stop running, for the reason in t->leave, and return when run again,
 * wherever that is.  At home it means to leave home: false if it can't be left
 * any more.
 */
static bool switch_out(struct thread *t)
{
	if (t->away)
		switch_from_carrier(t);
	else if (!set_out(t))
		return false;
	/* on the thread's own stack again, at home or on a carrier */
	if (t->leave == LEAVE_HOME)
		atomic_store(&t->away, 0);
	else
		finish_prev(t->carrier);
	return true;
}

/* Run t on c until c's loop is to go on.  By c's loop. */
void thread_run(struct carrier *c, struct thread *t)
{
	c->cur = t;
	t->carrier = c;
	count(&c->n->switches);
	tick(c);
	c->switched = __builtin_ia32_rdtsc();
	switch_to(c, &c->sp, t->sp, t->fs);
	c->cur = NULL;
	finish_prev(c);
	if (c->budget <= 0)
		look(c);
}

/* --- parking and waking -------------------------------------------------- */

void park_prepare(struct thread *t)
{
	atomic_store(&t->state, ST_PARKING);
}

/*
 * Is t to wait away?  One that has kept a carrier from its work (monitor.c)
 * waits at home the next time, and after HOGS_MAX such times for good.
 */
static bool may_wait_away(struct thread *t)
{
	uint8_t hog = atomic_load_explicit(&t->hog, memory_order_relaxed);

	if (!ring_up || t->flags & (THREAD_STAYS | THREAD_MAKES) ||
	    unlikely(atomic_load_explicit(&ring_few, memory_order_relaxed)))
		return false;
	if (likely(!hog))
		return true;
	if (hog == HOG_HEAVY)
		return !t->away && !still_heavy(t);
	if (atomic_fetch_and(&t->hog, (uint8_t)~HOG_ONCE) & HOG_EVER ||
	    ++t->hogged >= HOGS_MAX)
		t->flags |= THREAD_STAYS;
	return false;
}

/* By t, which has left home: not if it was bound just then. */
static void leave_unless_bound(struct thread *t)
{
	if (unlikely(atomic_load(&t->hog) & HOG_EVER))
		thread_go_home();
}

static enum wake park_end(struct thread *t)
{
	uint32_t s = atomic_exchange(&t->state, ST_RUN);

	return (s & 0xff) == ST_READY ? (enum wake)(s >> 8) : WAKE_NONE;
}

/* Wait on the own kernel thread. */
static enum wake park_home(struct thread *t, int64_t deadline,
			   bool interruptible)
{
	struct timespec ts = { .tv_sec = deadline / 1000000000,
			       .tv_nsec = deadline % 1000000000 };
	struct timespec *until = deadline == FOREVER ? NULL : &ts;
	uint32_t s = ST_PARKING;
	int r = 0;

	count_shared(&stats.home_parks, 1);
	if (!atomic_compare_exchange_strong(&t->state, &s, ST_HOMEWAIT))
		return park_end(t);
	while (atomic_load(&t->state) == ST_HOMEWAIT) {
		r = sys_futex_wait(&t->state, ST_HOMEWAIT, until);
		if (r == -ETIMEDOUT || (r == -EINTR && interruptible))
			break;
	}
	s = atomic_exchange(&t->state, ST_RUN);
	if ((s & 0xff) == ST_READY)
		return (enum wake)(s >> 8);
	return r == -ETIMEDOUT ? WAKE_TIMEOUT : WAKE_INTR;
}

/* The same, unless there is something to attend to. */
static enum wake park_here(struct thread *t, int64_t deadline,
			   bool interruptible)
{
	if (interruptible && atomic_load(&t->attention))
		return park_end(t) == WAKE_UP ? WAKE_UP : WAKE_INTR;
	return park_home(t, deadline, interruptible);
}

static enum wake park_held(struct thread *t, int64_t deadline,
			   bool interruptible)
{
	bool timed = false, left;
	enum wake why;

	if (atomic_load_explicit(&t->state, memory_order_relaxed) != ST_PARKING)
		return park_end(t);
	if (interruptible && atomic_load(&t->attention)) {
		why = park_end(t);
		return why == WAKE_UP ? WAKE_UP : WAKE_INTR;
	}
	if (unlikely(!may_wait_away(t))) {
		thread_go_home();
		return park_here(t, deadline, interruptible);
	}
	if (deadline != FOREVER) {
		timed = timer_add(t->away ? t->carrier : carrier_for(t), t,
				  deadline);
		if (unlikely(!timed)) {
			thread_go_home();
			return park_home(t, deadline, interruptible);
		}
	}
	t->leave = LEAVE_PARK;
	if (t->away)
		count(&t->carrier->n->parks);
	else
		count_shared(&stats.home_parks, 1);
	left = switch_out(t);
	if (timed)
		timer_del(t);
	if (unlikely(!left))
		return park_here(t, deadline, interruptible);
	why = park_end(t);
	leave_unless_bound(t);
	return why;
}

/*
 * Wait until woken, after park_prepare().  A thread at home leaves it, unless
 * it is one that stays.  If interruptible, returns WAKE_INTR at once when
 * there is something to attend to.  A signal that comes meanwhile ends the
 * wait and is attended to afterwards, by whoever asked for the wait.
 */
enum wake park(struct thread *t, int64_t deadline, bool interruptible)
{
	enum wake why;

	t->holds++;
	why = park_held(t, deadline, interruptible);
	t->holds--;
	return why;
}

bool thread_make_ready(struct carrier *here, struct thread *t, enum wake why,
		       const void **home)
{
	uint32_t s = atomic_load(&t->state);

	*home = NULL;
	do {
		if (s != ST_PARKING && s != ST_PARKED && s != ST_HOMEWAIT)
			return false;
	} while (!atomic_compare_exchange_weak(&t->state, &s, READY(why)));
	if (s == ST_PARKED)
		thread_enqueue(here, t);
	else if (s == ST_HOMEWAIT)
		*home = &t->state;
	return true;
}

bool thread_wake_from(struct carrier *here, struct thread *t, enum wake why)
{
	const void *home;
	bool made = thread_make_ready(here, t, why, &home);

	if (home)
		sys_futex_wake(home, 1);
	return made;
}

/* Of a thread in poll() at home: that waits for us before it goes on, lest the nudge
   ends what it does next, which might be a handler's sigsuspend(). */
static void nudge(struct thread *t)
{
	uint8_t in_poll = BLOCKS;

	if (!atomic_compare_exchange_strong(&t->blocks, &in_poll, BLOCKS_NUDGING))
		return;
	thread_nudge(t);
	in_poll = BLOCKS_NUDGING;
	atomic_compare_exchange_strong(&t->blocks, &in_poll, BLOCKS_NUDGED);
}

void thread_poll_over(struct thread *t)
{
	uint8_t in_poll = BLOCKS;
	int n = 0;

	if (likely(!atomic_load(&t->blocks)))
		return;
	while (!atomic_compare_exchange_strong(&t->blocks, &in_poll, 0) &&
	       in_poll == BLOCKS_NUDGING) {
		let_others(++n);
		in_poll = BLOCKS;
	}
	atomic_store(&t->blocks, 0);
}

static void interrupt(struct thread *t, bool nudges)
{
	struct thread *self = ring_self;

	ring_hold(self);
	if (!thread_wake(t, WAKE_INTR) && nudges)
		nudge(t);
	ring_drop(self);
}

void thread_interrupt(struct thread *t)
{
	atomic_fetch_or(&t->attention, ATTEND);
	interrupt(t, true);
}

/* One that computes is interrupted by that before its next instruction, as the
   kernel would; in poll() at home the signal is what ends it. */
void thread_expect(struct thread *t)
{
	atomic_fetch_or(&t->attention, ATTEND | ATTEND_NOW);
	interrupt(t, false);
	if (atomic_load(&t->away) && own_begin()) {
		carrier_urge(t->carrier);
		own_end();
	}
}

static int look_again(struct thread *t)
{
	thread_interrupt(t);
	return 0;
}

void threads_look_again(void)
{
	thread_each(look_again);
}

bool thread_bind(struct thread *t)
{
	atomic_fetch_or(&t->hog, HOG_EVER);
	return atomic_load(&t->away);
}

void thread_keep_home(struct thread *t)
{
	thread_bind(t);
	thread_interrupt(t);
}

bool thread_engaged(const struct thread *t)
{
	return atomic_load(&t->away) || t->holds;
}

void thread_poke(struct thread *t)
{
	uint32_t s = atomic_load(&t->state);

	if (atomic_load(&t->away)) {
		atomic_store(&t->attention, ATTEND | ATTEND_NOW);
		atomic_fetch_or(&t->home_call, HOME_POKED);
		return;
	}
	atomic_fetch_or(&t->attention, ATTEND);
	t->held_off = 1;
	while ((s == ST_PARKING || s == ST_HOMEWAIT) &&
	       !atomic_compare_exchange_weak(&t->state, &s, READY(WAKE_INTR)))
		;
}

void ring_attend(struct thread *t)
{
	(void)t;
	ring_conf->attend();
}

/* --- leaving home, going home -------------------------------------------- */

/* t, ready and in no queue, is run by its own home: no carrier can.  By the
   monitor. */
void thread_send_home(struct thread *t)
{
	count_shared(&stats.went_home, 1);
	atomic_fetch_or(&t->hog, HOG_ONCE);
	t->leave = LEAVE_HOME;
	finish(NULL, t);
}

bool thread_is_away(void)
{
	return ring_self && ring_self->away;
}

void thread_go_home(void)
{
	struct thread *t = ring_self;

	if (!t || !t->away)
		return;
	count_shared(&stats.went_home, 1);
	t->leave = LEAVE_HOME;
	switch_out(t);
}

bool thread_leave_home(void)
{
	struct thread *t = thread_self();

	if (!t)
		return false;
	if (t->away)
		return true;
	if (!may_wait_away(t))
		return false;
	t->leave = LEAVE_READY;
	if (!switch_out(t))
		return false;
	leave_unless_bound(t);
	return t->away;	/* or nobody was there to run it: thread_send_home() */
}

bool thread_yield(void)
{
	struct thread *t = ring_self;
	bool alone;

	if (!t || !t->away)
		return false;
	alone = !atomic_load(&t->carrier->runq.len);
	if (alone)
		t->carrier->budget = 0;	/* others may wait in the engine */
	t->leave = LEAVE_READY;
	switch_out(t);
	return !alone;
}

int thread_sleep(int64_t deadline)
{
	struct thread *t = thread_self();
	enum wake why;

	do {
		park_prepare(t);
		why = park(t, deadline, true);
		if (why == WAKE_INTR)
			return -EINTR;
	} while (now_ns() < deadline);
	return 0;
}

bool thread_pause(const _Atomic uint32_t *word)
{
	struct thread *t = ring_self;

	park_prepare(t);
	if (atomic_load(word)) {
		atomic_store(&t->state, ST_RUN);
		return false;
	}
	return park(t, FOREVER, true) == WAKE_INTR;
}

void thread_ready(struct thread *t)
{
	struct thread *self = ring_self;

	ring_hold(self);
	thread_wake(t, WAKE_UP);
	ring_drop(self);
}

int64_t now_ns(void)
{
	struct timespec ts;

	if (likely(ring_conf && ring_conf->clock))
		ring_conf->clock(CLOCK_MONOTONIC, &ts);
	else
		sys3(SYS_clock_gettime, CLOCK_MONOTONIC, SYS_P(&ts), 0);
	return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

/* Give t, at home, the context its home sleeps in, if it is ever to leave. */
void home_make(struct thread *t)
{
	void *top = unit_stack_top(t);

	if (top)
		t->home_sp = ctx_make(top, home_loop, t);
}
