/*
 * thread_make.c - pthread_create(): from the pool, or a new one
 *
 * The first of them starts the engine.  What the program asks for decides what
 * kind of thread it is: one with a stack or a mask of the program's own is made
 * anew and ends with its kernel thread; one with a place of its own (CPUs, a policy)
 * stays at home as well.  Any other comes from the pool, if there is one with such a
 * stack, and gets what a new thread inherits of its creator: mask, name, and the
 * floating-point environment.
 */
#include "shim/thread.h"
#include "shim/tls.h"

static bool reaper_made(void)
{
	static bool made;

	if (!made)
		made = real(pthread_key_create)(&threads_reaper, reap) == 0;
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
	real(pthread_mutex_lock)(&threads_start_lock);
	if (!ring_up && shim_on && !aside()) {
		s = sthread_self();
		atomic_store(&ring_few,
			     atomic_load(&threads_live) < shim_min_threads);
		fds_init();
		homing_init();
		stdio_init();
		if (!reaper_made() || !tls_init() || ring_start(&shim_conf))
			shim_on = false;
		else
			pthread_setspecific(threads_reaper, s);
		say("engine %s", ring_engine_name());
	}
	real(pthread_mutex_unlock)(&threads_start_lock);
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
	if (atomic_fetch_add(&threads_live, 1) + 1 >= shim_min_threads &&
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
	atomic_fetch_sub(&threads_live, 1);
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
	atomic_fetch_add(&threads_beginning, 1);
	if (!atomic_load(&ring_over))
		r = real(pthread_create)(&id, attr, thread_entry, s);
	if (r == 0)
		tell(s, id);
	else
		atomic_fetch_sub(&threads_beginning, 1);
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
		atomic_fetch_sub(&threads_live, 1);
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
