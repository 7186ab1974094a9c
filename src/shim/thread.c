/*
 * thread.c - pthreads: made, recycled, joined, cancelled
 *
 * A thread is made by libc's pthread_create(), so that everything about it
 * is genuine; what it runs is thread_entry(), a loop: run the program's
 * function, end the thread as the program sees it, and wait in the pool to
 * be another.  A context that has come back to thread_entry() has nothing
 * of the program's on its stack; reset_tls() makes the rest as new.  The next
 * pthread_create() with the same stack takes it from the pool and makes it
 * ready: no clone, no kernel wake-up.
 *
 * A thread is "done" when its function's result is there and its destructors
 * have run.  Two come for it, in any order: the end of the thread, and
 * whoever joins or detaches it.  .claim says who was first; the second puts
 * the context into the pool, or, if its kernel thread ends too (pthread_exit,
 * cancellation), buries it.
 *
 * Every kernel thread is made joinable, whatever the program asked for, so
 * that a context may serve detached and joinable threads in turn; one whose
 * kernel thread ends is detached or joined for real then.
 *
 * Limits: pthread_exit() and cancellation unwind the stack and are not
 * recycled.  A thread with a stack of the program's own, with an affinity or
 * a scheduling policy, is not recycled either, and the latter two stay home.
 */
#include "shim/intern.h"
#include "shim/tls.h"

#include <execinfo.h>
#include <limits.h>

/* sthread.cancelled: not yet, yes, and no more for it has ended */
enum { UNCANCELLED, CANCELLED, TOO_LATE };

/* sthread.claim; JOINING_LAST: and detached, once somebody has begun to join it */
enum { UNCLAIMED, DETACHED, JOINING, JOINING_LAST, FINISHED, GONE };

static _Atomic long n_live = 1;		/* threads, as the program counts */

/* The pool, newest first.  Its lock is libc's own: it may be held by a
   thread at home, and is held for a few instructions. */
static pthread_mutex_t pool_lock = PTHREAD_MUTEX_INITIALIZER;
static struct sthread *pool;
static unsigned pool_size, pool_low;

/* --- records ---------------------------------------------------------------------- */

static struct sthread *of(struct thread *t)
{
	return t ? t->user : NULL;
}

/* A mask as the kernel has it. */
static uint64_t bits(const sigset_t *mask)
{
	return *(const uint64_t *)mask;
}

static void adopt_mask(struct sthread *s)
{
	real(pthread_sigmask)(SIG_SETMASK, NULL, &s->mask);
	signals_held(s, bits(&s->mask));
}

struct sthread *main_thread;

struct sthread *sthread_self(void)
{
	struct thread *t = thread_self();
	struct sthread *s = of(t);

	if (s && unlikely(!s->ring)) {	/* a guest, or the main thread */
		s->ring = t;
		s->self = pthread_self();
		if (t->flags & THREAD_MAIN)
			main_thread = s;
		if (own_begin()) {
			adopt_mask(s);
			own_end();
		}
	}
	return s;
}

static struct sthread *sthread_of(pthread_t th)
{
	return of(thread_of((uintptr_t)th));
}

/* --- the ended take no signals -------------------------------------------------------- */

/*
 * The home of a thread that has ended, and will be another, is one more kernel
 * thread that might take a signal sent to the process.  That makes no difference
 * as long as the main thread would take it: it comes first.  (Or it would another
 * time: a handler's signal is passed on, and what ends the process ends it
 * wherever it lands.)  But what that blocks is to stay pending until somebody asks
 * for it, or for those that live.
 *
 * So a thread that ends, and does not itself block all that the main thread blocks,
 * blocks everything at home; and when the main thread blocks more it waits until
 * those that had ended by then have done so.  Either sees the other: .hears is
 * written before .held is read, and .held before .hears is.  Only its own thread
 * sets a home's mask, so there is nothing to undo if it comes to life meanwhile.
 */
static _Atomic uint64_t held;	/* all, when the main thread has ended */

/* sthread.hears */
enum { HEARS_ALIVE, HEARS_ENDED, HEARS_NOTHING };

static bool hears_held(const struct sthread *s)
{
	return atomic_load(&s->hears) == HEARS_ENDED &&
	       atomic_load(&held) & ~bits(&s->mask);
}

/* By s, which has ended. */
static void hear_nothing(struct sthread *s)
{
	if (likely(!hears_held(s)))
		return;
	s->ring->own++;
	thread_go_home();
	deafen(NULL);
	s->ring->own--;
	s->mask_differs = true;
	atomic_store(&s->hears, HEARS_NOTHING);
}

static int tell_ended(struct thread *t)
{
	struct sthread *s = of(t);

	if (!s || !hears_held(s))
		return 0;
	thread_interrupt(t);
	return 1;
}

void signals_held(const struct sthread *s, uint64_t mask)
{
	int n = 0;

	if (s != main_thread || mask == atomic_load(&held))
		return;
	if (!(mask & ~atomic_exchange(&held, mask)) || !ring_up)
		return;
	while (!atomic_load(&ring_over) && thread_each(tell_ended) &&
	       n < 20000)
		let_others(++n);
}

/*
 * What is sent to a thread alone, and it blocks, goes with it.  There is no way to
 * drop it but the end of the kernel thread.
 */
static bool has_pending(const struct sthread *s)
{
	return atomic_load_explicit(&s->sent_to, memory_order_relaxed) &&
	       bits(&s->mask);
}

/* --- the pool ------------------------------------------------------------------------ */

/* False if there is to be none any more: then its kernel thread is to end. */
static bool pool_put(struct sthread *s)
{
	bool over;

	real(pthread_mutex_lock)(&pool_lock);
	over = atomic_load(&ring_over);
	if (!over) {
		s->next = pool;
		pool = s;
		pool_size++;
	}
	real(pthread_mutex_unlock)(&pool_lock);
	return !over;
}

static bool fits(const struct sthread *s, const struct sthread *me,
		 size_t stack, size_t guard)
{
	return s->stack == stack && s->guard == guard && !has_pending(s) &&
	       memcmp(s->name, me->name, sizeof(s->name)) == 0;
}

/* Take all there are. */
static struct sthread *pool_empty(void)
{
	struct sthread *all;

	real(pthread_mutex_lock)(&pool_lock);
	all = pool;
	pool = NULL;
	pool_size = pool_low = 0;
	real(pthread_mutex_unlock)(&pool_lock);
	return all;
}

/* Take one with such a stack and the caller's name, preferring the one used
   last. */
static struct sthread *pool_take(const struct sthread *me, size_t stack,
				 size_t guard)
{
	struct sthread *s, **at;

	if (!*(struct sthread *volatile *)&pool)
		return NULL;
	real(pthread_mutex_lock)(&pool_lock);
	for (at = &pool; (s = *at); at = &s->next)
		if (fits(s, me, stack, guard))
			break;
	if (s) {
		*at = s->next;
		pool_size--;
		if (pool_size < pool_low)
			pool_low = pool_size;
	}
	real(pthread_mutex_unlock)(&pool_lock);
	return s;
}

/* sthread.has_work */
enum { WORK_NONE, WORK_NEW, WORK_OVER, WORK_ENDS };

/* False if it has some already. */
static bool give_work(struct sthread *s, uint32_t work)
{
	uint32_t none = WORK_NONE;

	return atomic_compare_exchange_strong(&s->has_work, &none, work);
}

/* For a context that waits in wait_for_work().  False if it has ended by itself:
   then its kernel thread is to be joined, and it buried. */
static bool hand_work(struct sthread *s, uint32_t work)
{
	struct thread *t = s->ring;	/* s may be gone at once */

	if (!give_work(s, work))
		return false;
	thread_ready(t);
	return true;
}

static void bury(struct sthread *s);

/* s has ended as the program sees it, and its kernel thread has or is about to: so
   this is no cancellation point, as libc's own would be none by now. */
static void join_ended(struct sthread *s, void **result)
{
	shim_go_home();
	join_only(s->self, result);
	bury(s);
}

/*
 * Called once a second: of those that the pool has not needed since the last
 * time, half end.  And only here may the threads become few again, lest they
 * go to and fro with every one that comes and goes.
 */
void threads_idle(void)
{
	struct sthread *s, *last = NULL, *list = NULL;
	unsigned n;

	clock_watch();
	if (atomic_load(&n_live) < shim_min_threads)
		atomic_store(&ring_few, true);
	real(pthread_mutex_lock)(&pool_lock);
	n = (pool_low + 1) / 2;
	/* the oldest are at the end: keep the first pool_size - n */
	for (s = pool; s && pool_size > n; s = s->next, pool_size--)
		last = s;
	if (last) {
		list = last->next;
		last->next = NULL;
	} else {
		list = pool;
		pool = NULL;
	}
	for (pool_size = 0, s = pool; s; s = s->next)
		pool_size++;
	pool_low = pool_size;
	real(pthread_mutex_unlock)(&pool_lock);
	while ((s = list)) {
		list = s->next;
		if (!hand_work(s, WORK_OVER))
			join_ended(s, NULL);
	}
}

/* --- the end of a thread ---------------------------------------------------------------- */

/* The caller, who is s, buries it, or has made it, is done with it. */
static void let_go(struct sthread *s)
{
	if (atomic_fetch_sub(&s->users, 1) == 1)
		thread_free(s->ring);
}

/* Its kernel thread has ended or is about to, and nobody will look again but a
   creator that has not got the CPU since. */
static void bury(struct sthread *s)
{
	atomic_store(&s->hears, HEARS_ALIVE);
	thread_leave(s->ring);
	let_go(s);
}

static _Atomic bool raw_exits;	/* threads have ended without libc */
static int raw_status;		/* of the one that is about to */

static void live_less(void)
{
	/* as libc does when the last thread ends and main() has not, unless one
	   has ended without its knowing: then the kernel does.  If there are no
	   threads but the program's it does so itself. */
	if (atomic_fetch_sub(&n_live, 1) > 1 || atomic_load(&shim_over))
		return;
	if (atomic_load(&raw_exits))
		real(_exit)(raw_status);
	exit(0);
}

/* Nobody but its joiner comes for s any more.  False if nobody does at all, for
   it is detached, which it stays: whoever joins it is told so. */
static bool finish(struct sthread *s)
{
	uint32_t was = UNCLAIMED;

	while (was != DETACHED &&
	       !atomic_compare_exchange_weak(&s->claim, &was, FINISHED))
		;
	return was != DETACHED;
}

/* The kernel thread of s ends with it.  False if nobody waits for it. */
static bool end_for_good(struct sthread *s)
{
	bool awaited;

	s->exits = true;
	awaited = finish(s);
	live_less();
	if (awaited) {
		atomic_store(&s->done, 1);
		addr_wake(&s->done, INT_MAX);
	}
	return awaited;
}

/*
 * The key whose destructor is the last thing of the shim's that runs on a
 * kernel thread that ends: it puts itself off to libc's last round.
 */
static pthread_key_t reaper;

static void reap(void *arg)
{
	struct sthread *s = arg;

	shim_stay_home();	/* wherever libc has begun to end it */
	if (++s->reap_rounds < PTHREAD_DESTRUCTOR_ITERATIONS) {
		pthread_setspecific(reaper, s);
		return;
	}
	if (s->ring->flags & THREAD_MAIN) {
		signals_held(s, ~UINT64_C(0));
		live_less();
		return;
	}
	if (!end_for_good(s)) {
		bury(s);
		real(pthread_detach)(pthread_self());
	}
}

void thread_raw_exit(int status)
{
	struct sthread *s = ring_up ? sthread_self() : NULL;

	if (!s)
		return;
	atomic_store(&raw_exits, true);
	if (atomic_load(&n_live) == 1)
		raw_status = status;
	signals_held(s, ~UINT64_C(0));
	if (s->ring->flags & THREAD_MAIN)
		live_less();
	else if (!(s->ring->flags & THREAD_GUEST))
		end_for_good(s);
}

/* The clock of a kernel thread goes on from one life to the next: where the threads'
   are looked at, each has a kernel thread of its own from then on. */
static _Atomic bool clocked;

static bool is_clocked(void)
{
	return unlikely(atomic_load_explicit(&clocked, memory_order_relaxed));
}

static bool can_be_another(const struct sthread *s)
{
	return ring_up && !atomic_load(&ring_over) && !is_clocked() &&
	       !(s->ring->flags & THREAD_STAYS) &&
	       !(atomic_load(&s->ring->hog) & HOG_EVER) && s->stack &&
	       !s->spent && !locks_owned && !has_pending(s) && tls_can_reset();
}

/* The next life begins without an alternate stack. */
static void no_altstack(struct sthread *s)
{
	stack_t none = { .ss_flags = SS_DISABLE };

	if (likely(!s->alt))
		return;
	shim_go_home();
	real(sigaltstack)(&none, NULL);
	s->alt = false;
}

/*
 * The function has returned; what a thread does before it ends.  False if
 * it can't be recycled: one that has been cancelled by libc can't, nor one
 * that ends while somebody forks.
 */
static bool end_thread(struct sthread *s)
{
	uint8_t no = 0;

	if (s->sent_before != signals_sent())
		shim_go_home();
	if (!can_be_another(s) || atomic_load(&s->cancelled))
		return false;
	tls_run_destructors();
	tsd_run_destructors();
	if (!can_be_another(s) ||
	    !atomic_compare_exchange_strong(&s->cancelled, &no, TOO_LATE))
		return false;
	no_altstack(s);
	/* a handler would find another thread's state: until there is new work
	   signals are held off, and then declined */
	s->ring->holds++;
	if (tls_reset())
		return true;
	s->ring->holds--;
	if (shim_attention())
		attend();
	return false;
}

/* Wait in the pool.  WORK_*, but for WORK_NONE. */
static uint32_t wait_for_work(struct sthread *s)
{
	uint32_t work;

	while (!(work = atomic_load(&s->has_work)))
		if (thread_pause(&s->has_work) || shim_attention()) {
			signals_decline(s);
			hear_nothing(s);
			/* if nobody has come for it yet it ends by itself */
			if (atomic_load(&ring_over))
				give_work(s, WORK_ENDS);
		}
	if (work == WORK_NEW) {
		atomic_store(&s->hears, HEARS_ALIVE);
		atomic_store(&s->has_work, WORK_NONE);
	}
	s->ring->holds--;
	if (shim_attention())
		signals_decline(s);
	/* who it is now may have been cancelled before it has begun */
	if (work == WORK_NEW)
		cancel_at_home(s);
	return work;
}

/*
 * Tell the joiner, or go to the pool at once if there will be none; then
 * wait there.  Nothing of s may be touched by this thread between the
 * telling and the waiting but has_work.
 */
static uint32_t recycle(struct sthread *s)
{
	count_shared(&stats.recycled, 1);
	live_less();
	atomic_store(&s->hears, HEARS_ENDED);
	hear_nothing(s);
	if (finish(s)) {
		atomic_store(&s->done, 1);
		addr_wake(&s->done, INT_MAX);
	} else if (!pool_put(s)) {
		s->ring->holds--;
		return WORK_OVER;
	}
	return wait_for_work(s);
}

/* A mask that differs from the creator's when the context was recycled. */
static void start_mask(struct sthread *s)
{
	sigset_t now;

	if (!s->mask_differs)
		return;
	s->mask_differs = false;
	now = s->mask;
	shim_go_home();
	real(pthread_sigmask)(SIG_SETMASK, &now, NULL);
}

/* The x87 status word's flags of exceptions: see fenv.h. */
#define FSW_FLAGS 0x3f

/* A new thread computes as its creator does: rounding, exception masks, and the
   flags of the exceptions there have been. */
static void fpu_get(struct sthread *s)
{
	__asm__ volatile("stmxcsr %0" : "=m"(s->mxcsr));
	__asm__ volatile("fnstcw %0" : "=m"(s->fcw));
	__asm__ volatile("fnstsw %0" : "=m"(s->fsw));
}

/* First there are no flags: to load the control word would raise those that it
   lets through. */
static void flags_set(const struct sthread *s)
{
	struct {
		uint16_t control, _1, status, _2[11];
	} env;

	__asm__ volatile("fnclex");
	__asm__ volatile("fnstenv %0" : "=m"(env));
	env.control = s->fcw;
	env.status |= s->fsw & FSW_FLAGS;
	__asm__ volatile("fldenv %0" : : "m"(env));
}

static void fpu_set(const struct sthread *s)
{
	uint16_t now;

	__asm__ volatile("ldmxcsr %0" : : "m"(s->mxcsr));
	__asm__ volatile("fnstsw %0" : "=m"(now));
	if (unlikely((now ^ s->fsw) & FSW_FLAGS))
		flags_set(s);
	else
		__asm__ volatile("fldcw %0" : : "m"(s->fcw));
}

static _Atomic int beginning;	/* threads that are being made by us */

/* sthread.told */
enum { UNTOLD, TELLING, TOLD };

/*
 * *s->id must be written before the thread runs the program's function, which may
 * free it, and before pthread_create() returns; and the record must be found by id
 * by then.  Both by whoever comes first, thread or creator, and the other waits for
 * these instructions alone: a creator that is kept from the CPU for long comes to a
 * thread that may have ended, and been another, and touches but the record.
 */
static void tell(struct sthread *s, pthread_t id)
{
	uint32_t nobody = UNTOLD;
	int n = 0;

	if (atomic_compare_exchange_strong(&s->told, &nobody, TELLING)) {
		s->self = id;
		thread_mark((uintptr_t)id, s->ring);
		*s->id = id;
		atomic_store(&s->told, TOLD);
		return;
	}
	while (atomic_load(&s->told) != TOLD)
		let_others(++n);
}

static void *thread_entry(void *arg)
{
	struct sthread *s = arg;
	uint32_t work;

	thread_adopt(s->ring);
	tell(s, pthread_self());
	atomic_fetch_sub(&beginning, 1);
	pthread_setspecific(reaper, s);
	for (;;) {
		start_mask(s);
		s->result = s->c11 ?
			(void *)(intptr_t)((thrd_start_t)(void *)s->start)(s->arg) :
			s->start(s->arg);
		if (!end_thread(s))
			break;
		work = recycle(s);
		if (work != WORK_NEW) {
			/* nobody's any more, nor is what has come since */
			thread_go_home();
			hear_nothing(s);
			signals_decline(s);
			pthread_setspecific(reaper, NULL);
			if (work == WORK_OVER) {
				bury(s);
				real(pthread_detach)(pthread_self());
			}
			return NULL;
		}
		reset_errno();
		fpu_set(s);
	}
	shim_stay_home();
	return s->result;
}

/* --- creation ------------------------------------------------------------------------------ */

static pthread_mutex_t start_lock = PTHREAD_MUTEX_INITIALIZER;

static bool reaper_made(void)
{
	static bool made;

	if (!made)
		made = real(pthread_key_create)(&reaper, reap) == 0;
	if (!made)
		say("no thread-specific key is left for the shim");
	return made;
}

/* Start the engine if need be.  False: threads are libc's alone. */
static bool engine_up(void)
{
	struct sthread *s;

	if (likely(ring_up))
		return true;
	real(pthread_mutex_lock)(&start_lock);
	if (!ring_up && shim_on && !aside()) {
		s = sthread_self();
		atomic_store(&ring_few,
			     atomic_load(&n_live) < shim_min_threads);
		fds_init();
		homing_init();
		stdio_init();
		if (!reaper_made() || !tls_init() || ring_start(&shim_conf))
			shim_on = false;
		else
			pthread_setspecific(reaper, s);
		say("engine %s", ring_engine_name());
	}
	real(pthread_mutex_unlock)(&start_lock);
	return ring_up;
}

struct wish {
	size_t stack, guard;	/* stack 0: can't be recycled */
	bool detached, stays;
};

/* Is the thread to have a place of its own? */
static bool wants_place(const pthread_attr_t *attr)
{
	static const cpu_set_t none_set = {
		.__bits = { [0 ... sizeof(cpu_set_t) / sizeof(__cpu_mask) - 1] =
				    (__cpu_mask)-1 }
	};
	int inherit = PTHREAD_INHERIT_SCHED, policy = SCHED_OTHER;
	cpu_set_t set;

	pthread_attr_getinheritsched(attr, &inherit);
	pthread_attr_getschedpolicy(attr, &policy);
	if (inherit == PTHREAD_EXPLICIT_SCHED && policy != SCHED_OTHER)
		return true;
	return pthread_attr_getaffinity_np(attr, sizeof(set), &set) == 0 &&
	       !CPU_EQUAL(&set, &none_set);
}

static void read_attr(const pthread_attr_t *attr, struct wish *w)
{
	int state = PTHREAD_CREATE_JOINABLE;
	void *addr = NULL;
	size_t size = 0;
	sigset_t mask;

	*w = (struct wish){ 0 };
	pthread_attr_getdetachstate(attr, &state);
	w->detached = state == PTHREAD_CREATE_DETACHED;
	w->stays = wants_place(attr);
	pthread_attr_getstack(attr, &addr, &size);
	if (w->stays || (uintptr_t)addr + size != 0)
		return;		/* a stack of the program's: not ours to keep */
	if (pthread_attr_getsigmask_np(attr, &mask) == 0)
		return;		/* a mask that is not the creator's */
	pthread_attr_getstacksize(attr, &w->stack);
	pthread_attr_getguardsize(attr, &w->guard);
}

/* What a thread without attributes gets; asked for once, as long as the
   program does not change it. */
static _Atomic bool default_changed;

EXPORT int pthread_setattr_default_np(const pthread_attr_t *attr)
{
	atomic_store(&default_changed, true);
	return real(pthread_setattr_default_np)(attr);
}

static void read_default(struct wish *w)
{
	static struct wish usual;
	pthread_attr_t def;

	*w = usual;
	if (usual.stack && !atomic_load(&default_changed))
		return;
	*w = (struct wish){ 0 };
	if (pthread_getattr_default_np(&def))
		return;
	read_attr(&def, w);
	pthread_attr_destroy(&def);
	if (!atomic_load(&default_changed))
		usual = *w;
}

static void set_work(struct sthread *s, void *(*start)(void *), void *arg,
		     bool c11, bool detached)
{
	s->start = start;
	s->arg = arg;
	s->c11 = c11;
	s->result = NULL;
	s->exits = s->joined = false;
	s->reap_rounds = 0;
	s->cancelled = s->cancel_off = 0;
	s->libc_knows = false;
	atomic_store_explicit(&s->sent_to, false, memory_order_relaxed);
	atomic_store_explicit(&s->queued_to, false, memory_order_relaxed);
	s->sent_before = signals_sent();
	atomic_store(&s->done, 0);
	atomic_store(&s->claim, detached ? DETACHED : UNCLAIMED);
	count_shared(&stats.threads, 1);
	if (atomic_fetch_add(&n_live, 1) + 1 >= shim_min_threads &&
	    atomic_load_explicit(&ring_few, memory_order_relaxed)) {
		atomic_store(&ring_few, false);
		if (unlikely(atomic_load(&ring_over)))
			atomic_store(&ring_few, true);
	}
}

/* s, which has been another, begins with the mask of me, the caller. */
static void give_mask(struct sthread *s, const struct sthread *me)
{
	sigset_t mask = me->mask;

	if (me->handling) {
		shim_go_home();
		real(pthread_sigmask)(SIG_SETMASK, NULL, &mask);
	}
	/* never false: it may be about to hear nothing */
	if (bits(&s->mask) != bits(&mask))
		s->mask_differs = true;
	s->mask = mask;
}

static bool create_recycled(struct sthread *me, pthread_t *th,
			    const struct wish *w, void *(*start)(void *),
			    void *arg, bool c11)
{
	struct sthread *s;

	if (!w->stack || !me || me->own || is_clocked() ||
	    !(s = pool_take(me, w->stack, w->guard)))
		return false;
	set_work(s, start, arg, c11, w->detached);
	give_mask(s, me);
	fpu_get(s);
	*th = s->self;
	if (hand_work(s, WORK_NEW))
		return true;
	atomic_fetch_sub(&n_live, 1);
	count_shared(&stats.threads, -1);
	join_ended(s, NULL);
	return false;
}

/* The attributes, but joinable: see above.  0, or an error number.  Without
   attr, those of a thread that is made without, to be destroyed. */
static int joinable(pthread_attr_t *copy, const pthread_attr_t *attr)
{
	int r = 0;

	if (attr)
		memcpy(copy, attr, sizeof(*copy));
	else
		r = pthread_getattr_default_np(copy);
	return r ?: pthread_attr_setdetachstate(copy, PTHREAD_CREATE_JOINABLE);
}

/* The mask that the thread will begin with. */
static void note_mask(struct sthread *s, const pthread_attr_t *attr)
{
	sigset_t mask;

	if (pthread_attr_getsigmask_np(attr, &mask) == 0)
		s->mask = mask;
	else
		adopt_mask(s);
}

/*
 * Make the kernel thread of s, which begins with all signals blocked but those that
 * it might bring on itself.  No handler is to come meanwhile: a retreat waits for
 * what is being made.  Nor may the caller leave home, as it might where the program's
 * allocator, or another library's pthread_create(), waits: the mask is its home's.
 * 0, an error number, or -1: a retreat came first.
 */
static int make(struct sthread *s, const pthread_attr_t *attr)
{
	struct thread *here = thread_self();
	sigset_t mask;
	pthread_t id;
	int r = -1;

	deafen(&mask);
	here->flags |= THREAD_MAKES;
	/* counted first, so that it is waited for, or sees that it is over */
	atomic_fetch_add(&beginning, 1);
	if (!atomic_load(&ring_over))
		r = real(pthread_create)(&id, attr, thread_entry, s);
	if (r == 0)
		tell(s, id);
	else
		atomic_fetch_sub(&beginning, 1);
	here->flags &= (uint8_t)~THREAD_MAKES;
	real(pthread_sigmask)(SIG_SETMASK, &mask, NULL);
	return r;
}

/* 0, an error number, or -1: it is to be libc's. */
static int create_new(const struct sthread *me, pthread_t *th,
		      const pthread_attr_t *attr, const struct wish *w,
		      void *(*start)(void *), void *arg, bool c11)
{
	struct thread *t = thread_alloc();
	struct sthread *s = of(t);
	pthread_attr_t copy;
	int r;

	if (!t)
		return -1;
	r = joinable(&copy, attr);
	if (r) {
		thread_free(t);
		return r;
	}
	/* what the kernel thread inherits is the creator's own */
	shim_go_home();
	s->ring = t;
	s->stack = w->stack;
	s->guard = w->guard;
	s->own = me->own;
	if (w->stays || s->own)
		t->flags |= THREAD_STAYS;
	note_mask(s, &copy);
	s->mask_differs = true;
	memcpy(s->name, me->name, sizeof(s->name));
	set_work(s, start, arg, c11, w->detached);
	s->id = th;
	s->users = 2;
	r = make(s, &copy);
	if (!attr)
		pthread_attr_destroy(&copy);
	if (r == 0) {
		let_go(s);
	} else {
		atomic_fetch_sub(&n_live, 1);
		count_shared(&stats.threads, -1);
		thread_free(t);
	}
	return r;
}

static int create(pthread_t *th, const pthread_attr_t *attr,
		  void *(*start)(void *), void *arg, bool c11)
{
	struct sthread *me = sthread_self();
	struct wish w;
	int r;

	/* a bad one is to be met here, with nothing begun */
	__atomic_fetch_or(th, 0, __ATOMIC_RELAXED);
	if (attr)
		read_attr(attr, &w);
	else
		read_default(&w);
	if (create_recycled(me, th, &w, start, arg, c11))
		return 0;
	if (!me)
		return real(pthread_create)(th, attr, start, arg);
	r = create_new(me, th, attr, &w, start, arg, c11);
	return r < 0 ? real(pthread_create)(th, attr, start, arg) : r;
}

EXPORT int pthread_create(pthread_t *th, const pthread_attr_t *attr,
			  void *(*start)(void *), void *arg)
{
	if (!shim_on || !engine_up())
		return real(pthread_create)(th, attr, start, arg);
	return create(th, attr, start, arg, false);
}

EXPORT int thrd_create(thrd_t *th, thrd_start_t start, void *arg)
{
	int r;

	if (!shim_on || !engine_up())
		return real(thrd_create)(th, start, arg);
	r = create(th, NULL, (void *(*)(void *))(void *)start, arg, true);
	/* EAGAIN is what lack of memory comes to, too: as in libc */
	return r == 0 ? thrd_success : r == ENOMEM ? thrd_nomem : thrd_error;
}

/* --- joining and detaching -------------------------------------------------------------------- */

static bool not_done(void *arg)
{
	return !atomic_load(&((struct sthread *)arg)->done);
}

/* Take the result of a thread that is done; its record is not to be used
   afterwards, but for .claim, which is as told. */
static void collect(struct sthread *s, uint32_t claim, void **result)
{
	void *r = s->result;

	atomic_store(&s->claim, claim);
	if (s->joined) {
		bury(s);
	} else if (s->exits) {
		join_ended(s, &r);
	} else if (!pool_put(s) && !hand_work(s, WORK_OVER)) {
		join_ended(s, NULL);
	}
	if (result)
		*result = r;
}

/* What libc says of a thread that can't be joined or detached: is it over and
   joined, or somebody else's? */
static int why_not(uint32_t claim)
{
	return claim == GONE ? ESRCH : EINVAL;
}

/* May the caller join s?  0 or an error number. */
static int claim_join(struct sthread *s)
{
	uint32_t free = UNCLAIMED;

	if (s == sthread_self()) {
		if (atomic_load(&s->claim) == DETACHED)
			return EINVAL;
		shim_testcancel();
		return EDEADLK;
	}
	if (atomic_compare_exchange_strong(&s->claim, &free, JOINING) ||
	    free == FINISHED)
		return 0;
	return why_not(free);
}

static void unclaim(void *arg)
{
	struct sthread *s = arg;
	uint32_t joining = JOINING;

	if (!atomic_compare_exchange_strong(&s->claim, &joining, UNCLAIMED) &&
	    joining == JOINING_LAST)
		atomic_compare_exchange_strong(&s->claim, &joining, DETACHED);
}

/* Without an engine a thread ends with its kernel thread, whatever ends that.  0
   (it has been joined by libc), or ETIMEDOUT. */
static int wait_ended(struct sthread *s, const struct limit *l)
{
	int r = l->any ? real(pthread_clockjoin_np)(s->self, &s->result,
						    l->clock, &l->abs) :
			 real(pthread_join)(s->self, &s->result);

	s->joined = r == 0;
	return r;
}

/* Cancellation point where it has to wait, as in libc: a joiner that is cancelled,
   or that a handler has jump out of here, lets others join. */
static int wait_done(struct sthread *s, const struct limit *l)
{
	struct _pthread_cleanup_buffer left;
	int r = 0;

	_pthread_cleanup_push(&left, unclaim, s);
	while (!limit_passed(l, r) && not_done(s) && !atomic_load(&shim_over)) {
		shim_testcancel();
		r = addr_wait(&s->done, not_done, s, limit_deadline(l));
		if (r == -EINTR)
			shim_attend();
	}
	if (not_done(s) && atomic_load(&shim_over))
		r = wait_ended(s, l);
	_pthread_cleanup_pop(&left, 0);
	attend_late();
	return r == 0 || !not_done(s) ? 0 : ETIMEDOUT;
}

static int join(pthread_t th, void **result, const struct limit *l)
{
	struct sthread *s = sthread_of(th);
	int r = claim_join(s);

	if (r == 0)
		r = wait_done(s, l);
	if (r == ETIMEDOUT)
		unclaim(s);
	if (r == 0)
		collect(s, GONE, result);
	return r;
}

/* Was th made by us?  The others, the main thread among them, are libc's. */
static bool made_here(pthread_t th)
{
	struct sthread *s = shim_met() ? sthread_of(th) : NULL;

	return s && s->ring && !(s->ring->flags & THREAD_GUEST);
}

bool thread_gone(pthread_t th)
{
	return made_here(th) && !not_done(sthread_of(th));
}

bool thread_takes(pthread_t th, int sig)
{
	struct sthread *s = shim_met() ? sthread_of(th) : NULL;

	if (thread_gone(th))
		return false;
	if (s && s->ring && sig)
		atomic_store(&s->sent_to, true);
	return true;
}

void threads_clocked(pthread_t th)
{
	if (made_here(th))
		atomic_store(&clocked, true);
}

EXPORT int pthread_join(pthread_t th, void **result)
{
	if (!made_here(th)) {
		shim_go_home();
		return real(pthread_join)(th, result);
	}
	return join(th, result, &NO_LIMIT);
}

EXPORT int pthread_tryjoin_np(pthread_t th, void **result)
{
	struct sthread *s;
	int r;

	if (!made_here(th))
		return real(pthread_tryjoin_np)(th, result);
	s = sthread_of(th);
	if (!not_done(s))
		return join(th, result, &NO_LIMIT);
	r = atomic_load(&shim_over) ? claim_join(s) : EBUSY;
	if (r)
		return r;
	r = real(pthread_tryjoin_np)(th, &s->result);
	s->joined = r == 0;
	if (r)
		unclaim(s);
	else
		collect(s, GONE, result);
	return r;
}

EXPORT int pthread_clockjoin_np(pthread_t th, void **result, clockid_t clock,
				const struct timespec *abs)
{
	struct limit l;

	if (!made_here(th)) {
		shim_go_home();
		return real(pthread_clockjoin_np)(th, result, clock, abs);
	}
	if (clock != CLOCK_REALTIME && clock != CLOCK_MONOTONIC)
		return EINVAL;
	l = limit_at(clock, abs);
	if (limit_deadline(&l) < 0 && not_done(sthread_of(th)))
		return EINVAL;
	return join(th, result, &l);
}

EXPORT int pthread_timedjoin_np(pthread_t th, void **result,
				const struct timespec *abs)
{
	return pthread_clockjoin_np(th, result, CLOCK_REALTIME, abs);
}

EXPORT int pthread_detach(pthread_t th)
{
	struct sthread *s;
	uint32_t free = UNCLAIMED;

	if (!made_here(th))
		return real(pthread_detach)(th);
	s = sthread_of(th);
	if (atomic_compare_exchange_strong(&s->claim, &free, DETACHED))
		return 0;
	/* somebody joins it, and will collect it */
	if (free == JOINING &&
	    atomic_compare_exchange_strong(&s->claim, &free, JOINING_LAST))
		return 0;
	if (free != FINISHED)
		return why_not(free);
	/* the end of the thread may not have told yet */
	while (not_done(s))
		if (addr_wait(&s->done, not_done, s, FOREVER) == -EINTR)
			shim_attend();
	collect(s, DETACHED, NULL);
	return 0;
}

EXPORT int thrd_join(thrd_t th, int *result)
{
	void *r;

	if (!made_here(th)) {
		shim_go_home();
		return real(thrd_join)(th, result);
	}
	if (pthread_join(th, &r))
		return thrd_error;
	if (result)
		*result = (int)(intptr_t)r;
	return thrd_success;
}

EXPORT int thrd_detach(thrd_t th)
{
	if (!made_here(th))
		return real(thrd_detach)(th);
	return pthread_detach(th) ? thrd_error : thrd_success;
}

/* --- ending early ------------------------------------------------------------------------------ */

EXPORT void pthread_exit(void *result)
{
	shim_stay_home();
	real(pthread_exit)(result);
	__builtin_unreachable();
}

EXPORT void thrd_exit(int result)
{
	shim_stay_home();
	real(thrd_exit)(result);
	__builtin_unreachable();
}

/* --- cancellation ------------------------------------------------------------------------------- */

/*
 * libc loads its unwinder when somebody is first cancelled, by who does that.  One
 * that is away cancels itself when it has come home, where it may hold a lock that
 * the loader, or malloc(), wants.  backtrace() has it loaded, too.
 */
static void load_unwinder(void)
{
	static _Atomic bool loaded;
	void *here;

	if (likely(atomic_load(&loaded)))
		return;
	shim_go_home();
	backtrace(&here, 1);
	atomic_store(&loaded, true);
}

/*
 * libc does the cancelling: its own flag, its own unwinding, on the thread's
 * own kernel thread.  Ours is to end the wait, and to be a cancellation
 * point where libc's function would have been one.
 */
EXPORT int pthread_cancel(pthread_t th)
{
	struct sthread *s = shim_met() ? sthread_of(th) : NULL;
	uint8_t no = 0;
	int r;

	if (pthread_equal(th, pthread_self()))
		shim_go_home();
	if (s && s->ring && atomic_load(&s->cancelled) == UNCANCELLED)
		load_unwinder();
	if (s && s->ring &&
	    !atomic_compare_exchange_strong(&s->cancelled, &no, CANCELLED) &&
	    no == TOO_LATE)
		return 0;
	/* libc must not find it on a carrier, where it would unwind, and what
	   runs at its end must do so at home: so it is not to leave any more */
	if (s && s->ring && thread_bind(s->ring)) {
		/* it will do it itself */
		thread_interrupt(s->ring);
		return 0;
	}
	r = real(pthread_cancel)(th);
	if (r == 0 && s && s->ring) {
		s->libc_knows = true;
		thread_interrupt(s->ring);
	}
	return r;
}

/* Is shim_testcancel() not going to return? */
bool shim_cancel_due(void)
{
	struct thread *t = ring_up || unlikely(atomic_load(&shim_over)) ?
				   thread_self() : NULL;
	struct sthread *s = of(t);

	return unlikely(s && atomic_load_explicit(&s->cancelled,
						  memory_order_relaxed) ==
				     CANCELLED) &&
	       !s->cancel_off;
}

void cancel_at_home(struct sthread *s)
{
	if (atomic_load(&s->cancelled) != CANCELLED || s->libc_knows)
		return;
	thread_go_home();
	s->libc_knows = true;
	/* libc's next cancellation point acts, and must find it at home */
	s->ring->flags |= THREAD_STAYS;
	real(pthread_cancel)(pthread_self());
}

void came_home(void)
{
	cancel_at_home(sthread_self());
}

void shim_testcancel(void)
{
	if (likely(!shim_cancel_due()))
		return;
	shim_go_home();
	cancel_at_home(sthread_self());
	real(pthread_testcancel)();
}

EXPORT void pthread_testcancel(void)
{
	shim_testcancel();
	/* a guest may have been cancelled before we knew of it */
	if (!thread_is_away())
		real(pthread_testcancel)();
}

EXPORT int pthread_setcancelstate(int state, int *old)
{
	struct sthread *s = shim_met() ? sthread_self() : NULL;
	int r = real(pthread_setcancelstate)(state, old);

	if (r || !s)
		return r;
	s->cancel_off = state == PTHREAD_CANCEL_DISABLE;
	if (shim_cancel_due()) {
		shim_go_home();
		cancel_at_home(s);
	}
	return r;
}

/* A thread that may be cancelled anywhere stays where that can be done. */
EXPORT int pthread_setcanceltype(int type, int *old)
{
	struct sthread *s = shim_on ? sthread_self() : NULL;

	if (s && type == PTHREAD_CANCEL_ASYNCHRONOUS)
		shim_stay_home();
	return real(pthread_setcanceltype)(type, old);
}

/* --- the rest -------------------------------------------------------------------------------------- */

EXPORT int pthread_getattr_np(pthread_t th, pthread_attr_t *attr)
{
	int r = real(pthread_getattr_np)(th, attr);

	if (r == 0 && made_here(th))
		pthread_attr_setdetachstate(
			attr, atomic_load(&sthread_of(th)->claim) == DETACHED ?
				      PTHREAD_CREATE_DETACHED :
				      PTHREAD_CREATE_JOINABLE);
	return r;
}

/* A name is the kernel thread's: a recycled context has the one it was given
   last, and a new thread has its creator's. */
void note_name(pthread_t th, const char *name)
{
	struct sthread *s = shim_on ? sthread_of(th) : NULL;

	if (s)
		strncpy(s->name, name, sizeof(s->name) - 1);
}

EXPORT int pthread_setname_np(pthread_t th, const char *name)
{
	int r;

	if (pthread_equal(th, pthread_self()))
		shim_go_home();
	if (shim_met() && thread_gone(th))
		return strlen(name) < sizeof(((struct sthread *)0)->name) ?
			       ENOENT : ERANGE;
	r = real(pthread_setname_np)(th, name);
	if (r == 0)
		note_name(th, name);
	return r;
}

/* libc reads its own thread's from the kernel thread it is on. */
EXPORT int pthread_getname_np(pthread_t th, char *name, size_t len)
{
	if (pthread_equal(th, pthread_self()))
		shim_go_home();
	if (shim_met() && thread_gone(th))
		return len < sizeof(((struct sthread *)0)->name) ? ERANGE :
								   ENOENT;
	return real(pthread_getname_np)(th, name, len);
}

EXPORT int sched_yield(void)
{
	return thread_yield() ? 0 : real(sched_yield)();
}

EXPORT int __sched_yield(void)
{
	return sched_yield();
}

EXPORT void thrd_yield(void)
{
	sched_yield();
}

void threads_child(void)
{
	struct sthread *s = shim_met() ? sthread_self() : NULL;

	pool = NULL;
	pool_size = pool_low = 0;
	atomic_store(&beginning, 0);
	signals_child();
	atomic_store(&n_live, 1);
	pool_lock = start_lock = (pthread_mutex_t)PTHREAD_MUTEX_INITIALIZER;
	main_thread = s;
	if (s && !atomic_load(&shim_over))
		adopt_mask(s);
}

/* --- the retreat: see ring/retreat.c ---------------------------------------------------------------- */

/* Have s, of the pool, end, and wait until its kernel thread is gone. */
static void dismiss(struct sthread *s)
{
	pid_t pid = getpid(), tid = s->ring->tid;
	int n = 0;

	if (!hand_work(s, WORK_OVER)) {
		join_ended(s, NULL);
		return;
	}
	while (real(tgkill)(pid, tid, 0) == 0 && n < 100000)
		let_others(++n);
}

static int has_signal(struct thread *t)
{
	struct sthread *s = of(t);

	return s && s->ring && atomic_load(&s->pending);
}

/* Those in the pool end; the others, who wait for a joiner, or are about to
   begin or to run a handler, are to get on with it. */
int threads_retreating(void)
{
	struct sthread *s = pool_empty(), *next;

	for (; s; s = next) {
		next = s->next;
		dismiss(s);
	}
	return atomic_load(&beginning) + thread_each(has_signal);
}

void shim_leave(void)
{
	bool trap;
	int n = 0;

	real(pthread_mutex_lock)(&start_lock);
	trap = ring_owns_trap();
	if (!ring_up) {
		shim_on = false;
	} else if (ring_retreat()) {
		signals_leave(trap);
		shim_on = false;
		/* joiners are to be libc's */
		threads_look_again();
		while (thread_each(has_signal) && ++n < 1000)
			let_others(n);
	} else {
		if (atomic_load(&n_live) >= shim_min_threads)
			atomic_store(&ring_few, false);
		say("not all threads could be brought home");
	}
	real(pthread_mutex_unlock)(&start_lock);
}
