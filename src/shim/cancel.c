/*
 * cancel.c - cancellation, and threads that end themselves
 *
 * libc does both, on the thread's own kernel thread: it unwinds the stack and
 * runs the clean-up handlers, which may call anything.  What is ours is to have
 * the thread there by then, and to end its wait.
 */
#include "shim/thread.h"

#include <execinfo.h>

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
		/* it will do it itself; also one that accept() has blocked */
		thread_interrupt(s->ring);
		thread_expect(s->ring);
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
