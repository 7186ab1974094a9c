/*
 * thread.c - pthreads: what runs on a kernel thread, life after life
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
#include "shim/thread.h"
#include "shim/tls.h"

#include <limits.h>

_Atomic long threads_live = 1;
_Atomic int threads_beginning;
pthread_mutex_t threads_start_lock = PTHREAD_MUTEX_INITIALIZER;

/* The pool, newest first.  Its lock is libc's own: it may be held by a
   thread at home, and is held for a few instructions. */
static pthread_mutex_t pool_lock = PTHREAD_MUTEX_INITIALIZER;
static struct sthread *pool;
static unsigned pool_size, pool_low;

/* --- records ---------------------------------------------------------------------- */

void adopt_mask(struct sthread *s)
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

bool made_here(pthread_t th)
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

bool pool_put(struct sthread *s)
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

struct sthread *pool_take(const struct sthread *me, size_t stack,
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

/* False if it has some already. */
static bool give_work(struct sthread *s, uint32_t work)
{
	uint32_t none = WORK_NONE;

	return atomic_compare_exchange_strong(&s->has_work, &none, work);
}

bool hand_work(struct sthread *s, uint32_t work)
{
	struct thread *t = s->ring;	/* s may be gone at once */

	if (!give_work(s, work))
		return false;
	thread_ready(t);
	return true;
}

void join_ended(struct sthread *s, void **result)
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
	if (atomic_load(&threads_live) < shim_min_threads)
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

void let_go(struct sthread *s)
{
	if (atomic_fetch_sub(&s->users, 1) == 1)
		thread_free(s->ring);
}

void bury(struct sthread *s)
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
	if (atomic_fetch_sub(&threads_live, 1) > 1 || atomic_load(&shim_over))
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
pthread_key_t threads_reaper;

void reap(void *arg)
{
	struct sthread *s = arg;

	shim_stay_home();	/* wherever libc has begun to end it */
	if (++s->reap_rounds < PTHREAD_DESTRUCTOR_ITERATIONS) {
		pthread_setspecific(threads_reaper, s);
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
	if (atomic_load(&threads_live) == 1)
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

bool is_clocked(void)
{
	return unlikely(atomic_load_explicit(&clocked, memory_order_relaxed));
}

void threads_clocked(pthread_t th)
{
	if (made_here(th))
		atomic_store(&clocked, true);
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
	attend_late();
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

void fpu_get(struct sthread *s)
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

/* sthread.told */
enum { UNTOLD, TELLING, TOLD };

void tell(struct sthread *s, pthread_t id)
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

void *thread_entry(void *arg)
{
	struct sthread *s = arg;
	uint32_t work;

	thread_adopt(s->ring);
	tell(s, pthread_self());
	atomic_fetch_sub(&threads_beginning, 1);
	pthread_setspecific(threads_reaper, s);
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
			pthread_setspecific(threads_reaper, NULL);
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
	atomic_store(&threads_beginning, 0);
	signals_child();
	atomic_store(&threads_live, 1);
	pool_lock = threads_start_lock = (pthread_mutex_t)PTHREAD_MUTEX_INITIALIZER;
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
	return atomic_load(&threads_beginning) + thread_each(has_signal);
}

void shim_leave(void)
{
	bool trap;
	int n = 0;

	real(pthread_mutex_lock)(&threads_start_lock);
	trap = ring_owns_trap();
	if (atomic_load(&shim_over)) {
		/* somebody else was first, and may have a filter by now */
	} else if (!ring_up) {
		if (shim_on)
			signals_give_back();
		shim_on = false;
	} else if (ring_retreat()) {
		signals_leave(trap);
		shim_on = false;
		/* joiners are to be libc's */
		threads_look_again();
		while (thread_each(has_signal) && ++n < 1000)
			let_others(n);
	} else {
		if (atomic_load(&threads_live) >= shim_min_threads)
			atomic_store(&ring_few, false);
		say("not all threads could be brought home");
	}
	real(pthread_mutex_unlock)(&threads_start_lock);
}
