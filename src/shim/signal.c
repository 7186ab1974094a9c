/*
 * signal.c - signals find the thread, wherever it runs
 *
 * The home of a thread that is away sleeps with the very signal mask the
 * thread has set, so the kernel goes on choosing whom a signal is for: the
 * main thread first, a certain one for pthread_kill(), the default action
 * without asking us.  Carriers block everything.  What must be different is
 * where a handler runs: not on a home's small stack, but on the thread's
 * own, with nobody else running it at the same time.
 *
 * So every handler the program installs is installed as landed().  There,
 *	- the thread is at home and free: the handler is called on the spot;
 *	- it is away, or at home but in the middle of something of the ring's:
 *	  the signal is queued, its wait, if any, is ended (thread_poke()),
 *	  and every further signal is blocked on this kernel thread until the
 *	  queued one has been attended to, so that one place is enough and
 *	  the kernel does the queueing;
 *	- it is libc's abort() in a handler of libc's own: the same, but on a
 *	  home that sleeps, where the program's handler can't run, nothing is
 *	  done, and the default action follows;
 *	- it landed on a carrier: a fault of the running thread's own, which
 *	  goes home first (homing.c).  A fault in our own code does not, and
 *	  its handler is called on the spot: the FS base is the thread's.
 *
 * attend() is where a thread takes what is queued: it goes home, sends
 * itself the same signal again and unblocks, so that the kernel delivers it
 * as ever: alternate stack, mask, siginfo, the next in line.  The interrupted
 * call then ends or goes on as the handler's SA_RESTART and signal(7) say.
 */
#include "shim/intern.h"

#include <sys/syscall.h>
#include <ucontext.h>

/* What the program has asked for, by signal. */
static struct sigaction wanted[NSIG];
static struct sigaction handlers[NSIG];	/* the last that had a handler */
static pthread_mutex_t wanted_lock = PTHREAD_MUTEX_INITIALIZER;
static _Atomic uint64_t ours;	/* signals installed as landed() */

static bool is_ours(int sig)
{
	return atomic_load(&ours) & SIG_BIT(sig);
}

/* SA_SIGINFO makes no handler of SIG_DFL and SIG_IGN. */
static bool has_handler(const struct sigaction *sa)
{
	return sa->sa_handler != SIG_DFL && sa->sa_handler != SIG_IGN;
}

bool signal_handled(int sig)
{
	return sig > 0 && sig < NSIG && has_handler(&wanted[sig]);
}

static _Atomic uint32_t changes[NSIG];	/* of those two; odd: under way */

static void want(int sig, const struct sigaction *sa)
{
	atomic_fetch_add(&changes[sig], 1);
	wanted[sig] = *sa;
	if (has_handler(sa))
		handlers[sig] = *sa;
	atomic_fetch_add(&changes[sig], 1);
}

/*
 * For a signal that has landed: the kernel had a handler for it, though another
 * thread may just have changed the action, or be about to: then it is looked at
 * again, but not for ever, for it may be this thread, interrupted.
 */
static struct sigaction action_of(int sig)
{
	struct sigaction sa;
	uint32_t before;

	for (int n = 0; n < 1000; n++) {
		before = atomic_load(&changes[sig]);
		sa = wanted[sig];
		if (!has_handler(&sa))
			sa = handlers[sig];
		atomic_thread_fence(memory_order_seq_cst);
		if (!(before & 1) && atomic_load(&changes[sig]) == before)
			break;
	}
	return sa;
}

static void call_handler(const struct sigaction *sa, int sig, siginfo_t *info,
			 void *uc)
{
	if (sa->sa_flags & SA_SIGINFO)
		sa->sa_sigaction(sig, info, uc);
	else
		sa->sa_handler(sig);
}

/* That of handlers that have run before, and of this one.  (To the kernel the first of
   those that are pending together decides alone.  But here more are, for they wait
   for their thread to come home, and a time limit by alarm() must end the call.) */
static uint8_t verdict_with(uint8_t before, const struct sigaction *sa)
{
	enum verdict v = sa->sa_flags & SA_RESTART ? HANDLERS_RESTART :
						     HANDLER_INTERRUPTS;

	return before < v ? (uint8_t)v : before;
}

/* Does this kernel thread belong to t, of which the FS base says that it is
   the running thread? */
static bool at_own_home(const struct thread *t)
{
	return !t->away || real(gettid)() == t->tid;
}

/*
 * Add all but what a thread brings on itself, and libc's two, to the mask.
 * Not by sigdelset(), which sets errno for those: it is that of a thread that
 * may be running elsewhere.
 */
static void block_others(sigset_t *mask)
{
	*(uint64_t *)mask |= ~(SIGS_OWN | SIG_BIT(32) | SIG_BIT(33));
}

void deafen(sigset_t *old)
{
	sigset_t others;

	sigemptyset(&others);
	block_others(&others);
	real(pthread_sigmask)(SIG_BLOCK, &others, old);
}

static void queue(struct sthread *s, int sig, const siginfo_t *info,
		  ucontext_t *uc)
{
	s->queued = *info;
	s->queued.si_signo = sig;
	s->queued_mask = uc->uc_sigmask;
	block_others(&uc->uc_sigmask);
	atomic_store(&s->pending, 1);
}

/* SA_RESETHAND, which the kernel would act upon when a signal lands, not
   when its handler is called. */
static void reset(int sig)
{
	struct sigaction sa = wanted[sig];

	sa.sa_handler = SIG_DFL;
	real(sigaction)(sig, &sa, NULL);
	/* a child of vfork() has that to itself */
	if (!shim_vforking)
		wanted[sig].sa_handler = SIG_DFL;
}

/*
 * The mask that the kernel sets for a handler adds to the one in force.  That
 * is the one it will restore, but where it has ended a call that had lent the
 * thread another: then it adds to the lent one, once.
 */
static void handlers_mask(struct sthread *s, const struct sigaction *sa,
			  int sig, const ucontext_t *uc)
{
	sigset_t m = uc->uc_sigmask;

	if (s && s->lent && uc->uc_mcontext.gregs[REG_RAX] == -EINTR) {
		s->lent = false;
		*(uint64_t *)&m = s->lent_mask;
	}
	sigorset(&m, &m, &sa->sa_mask);
	if (!(sa->sa_flags & SA_NODEFER))
		sigaddset(&m, sig);
	real(pthread_sigmask)(SIG_SETMASK, &m, NULL);
}

/*
 * A handler that runs on the alternate stack may wait, but its thread must not
 * leave home for that: the kernel would think that the alternate stack is free,
 * and put the next handler on top of it.  Returns true if this is it.
 */
static bool stay_for_stack(struct sthread *s, const ucontext_t *uc)
{
	uintptr_t here = (uintptr_t)__builtin_frame_address(0);
	uintptr_t at = (uintptr_t)uc->uc_stack.ss_sp;

	if (here - at >= uc->uc_stack.ss_size ||
	    s->ring->flags & THREAD_STAYS)
		return false;
	s->alt_from = at;
	s->alt_to = at + uc->uc_stack.ss_size;
	s->ring->flags |= THREAD_STAYS;
	return true;
}

static void stack_left(struct sthread *s)
{
	s->alt_to = 0;
	s->ring->flags &= (uint8_t)~THREAD_STAYS;
}

void stack_left_for(struct sthread *s, uintptr_t sp)
{
	if (s->alt_to && sp - s->alt_from > s->alt_to - s->alt_from)
		stack_left(s);
}

/* The handler has interrupted a call, wherever in that it came: before the next wait
   it is asked whether there is to be one. */
static void rule(struct thread *t, uint8_t verdict)
{
	struct sthread *s = t->user;

	atomic_store(&s->verdict, verdict);
	atomic_fetch_or(&t->attention, ATTEND);
}

/*
 * Call the handler, at home, in a signal handler of the kernel's.  The verdict
 * is on the call it has interrupted, not on those that it makes; and the mask
 * that it sets ends with it.  What that mask lets in has come before the handler
 * has begun, and is for the same call.
 */
static void handle(struct sthread *s, const struct sigaction *sa, int sig,
		   siginfo_t *info, void *uc)
{
	/* else the mask is not the thread's, but queue()'s */
	bool own = !atomic_load(&s->pending);
	sigset_t mask = s->mask;
	uint8_t verdict;
	bool on_alt;

	thread_poll_over(s->ring);
	if (sa->sa_flags & SA_RESETHAND)
		reset(sig);
	handlers_mask(s, sa, sig, uc);
	verdict = verdict_with(atomic_exchange(&s->verdict, NO_HANDLER), sa);
	on_alt = stay_for_stack(s, uc);
	s->handling++;
	call_handler(sa, sig, info, uc);
	if (on_alt)
		stack_left(s);
	/* it may have waited; but what the return from here restores is this
	   kernel thread's */
	thread_go_home();
	/* what has come on the way has come under the handler's mask, which would
	   be in force again after it */
	if (own)
		signals_held_off();
	s->handling--;
	s->mask = own ? ((ucontext_t *)uc)->uc_sigmask : mask;
	signals_held(s, *(uint64_t *)&s->mask);
	rule(s->ring, verdict);
}

/* t's record, which may have been made by the ring alone until now. */
static struct sthread *record_of(struct thread *t, const ucontext_t *uc)
{
	struct sthread *s = t->user;

	if (unlikely(!s->ring)) {
		sthread_self();
		s->mask = uc->uc_sigmask;
	}
	return s;
}

/*
 * Has this kernel thread just sent itself sig, by tgkill()?  In the middle of
 * something of the ring's nobody does but libc, in its handler of signal 33: it
 * aborts, for set*id() has failed for some threads alone, and will not wait for
 * a handler that is put off.
 */
static bool gives_up(int sig, const ucontext_t *uc)
{
	const greg_t *r = uc->uc_mcontext.gregs;

	return r[REG_RDX] == sig && r[REG_RSI] == real(gettid)() &&
	       r[REG_RDI] == getpid() &&
	       !memcmp((const char *)r[REG_RIP] - 2, "\x0f\x05", 2);
}

/* The same when there is no engine any more: all are at home, and the kernel has
   set the mask.  But who waits by address may be asked what has run meanwhile. */
static void landed_late(struct thread *t, const struct sigaction *sa, int sig,
			siginfo_t *info, void *uc)
{
	struct sthread *s = t ? t->user : NULL;
	uint8_t verdict = s ? verdict_with(s->verdict, sa) : NO_HANDLER;

	call_handler(sa, sig, info, uc);
	if (s)
		rule(t, verdict);
}

/* Where every signal with a handler arrives. */
static void landed(int sig, siginfo_t *info, void *uc)
{
	extern __thread struct thread *ring_self
		__attribute__((tls_model("initial-exec")));
	struct thread *t = likely(!shim_vforking) ? ring_self : NULL;
	struct sigaction sa = action_of(sig);
	bool home = t && at_own_home(t);
	struct sthread *s;

	if (unlikely(atomic_load(&shim_over))) {
		landed_late(t, &sa, sig, info, uc);
		return;
	}
	if (t && !home && fault_goes_home(t->user, sig, info, uc))
		return;
	if (!home) {
		if (sa.sa_flags & SA_RESETHAND)
			reset(sig);
		/* a thread of which nothing is known, on its own stack; or a
		   carrier, which keeps its mask, as the handler may jump */
		if (!t)
			handlers_mask(NULL, &sa, sig, uc);
		else
			real(pthread_sigmask)(SIG_SETMASK,
					      &((ucontext_t *)uc)->uc_sigmask,
					      NULL);
		call_handler(&sa, sig, info, uc);
		return;
	}
	s = record_of(t, uc);
	if (atomic_load(&s->pending) || !thread_engaged(t)) {
		handle(s, &sa, sig, info, uc);
	} else if (!gives_up(sig, uc)) {
		queue(s, sig, info, uc);
		thread_poke(t);
	} else if (!t->away) {
		call_handler(&sa, sig, info, uc);
	}
}

/* --- attending ------------------------------------------------------------------ */

/*
 * Realtime signals come in the order in which they were sent: one that is
 * sent again would come after those that the kernel holds already.  So its
 * handler is called here, in a handler of the ring's.  Not if that would be on
 * the alternate stack, and must not; nor before the engine has started.
 */
bool deliver_in_order(const struct sthread *s)
{
	int sig = s->queued.si_signo;
	stack_t now;

	if (!ring_up || sig < SIGRTMIN || !is_ours(sig) ||
	    !has_handler(&wanted[sig]) ||
	    sigismember(&s->queued_mask, sig))
		return false;
	return wanted[sig].sa_flags & SA_ONSTACK ||
	       (real(sigaltstack)(NULL, &now) == 0 &&
		now.ss_flags & SS_DISABLE);
}

void deliver_queued(void *context)
{
	struct sthread *s = sthread_self();
	ucontext_t *uc = context;
	siginfo_t info = s->queued;
	struct sigaction sa = action_of(info.si_signo);

	uc->uc_sigmask = s->queued_mask;
	atomic_store(&s->pending, 0);
	handle(s, &sa, info.si_signo, &info, uc);
}

/* The same where nothing may be sent any more; all signals are blocked still. */
static void run_late(struct sthread *s)
{
	siginfo_t info = s->queued;
	struct sigaction sa = action_of(info.si_signo);
	ucontext_t uc = { .uc_sigmask = s->queued_mask };

	landed_late(s->ring, &sa, info.si_signo, &info, &uc);
}

/*
 * Take the queued signal: send it to ourselves once more, as it was, and
 * unblock.  The thread is at home, so it lands at once, on the right stack,
 * with the right mask, or meets a disposition that has changed since.
 */
void run_queued(struct sthread *s)
{
	sigset_t mask = s->queued_mask;

	if (deliver_in_order(s)) {
		thread_deliver();
		return;
	}
	s->ring->own++;
	atomic_store(&s->pending, 0);
	if (unlikely(atomic_load(&shim_over)))
		run_late(s);
	else
		resend(s, &s->queued);
	s->ring->own--;
	/* the handler runs here, and may take its time */
	real(pthread_sigmask)(SIG_SETMASK, &mask, NULL);
}

static void attend_once(struct sthread *s)
{
	atomic_store(&s->ring->attention, 0);
	if (unlikely(atomic_load(&ring_over)))
		thread_go_home();
	if (atomic_exchange(&s->expected, 0) || atomic_load(&s->pending)) {
		thread_go_home();
		while (atomic_load(&s->pending))
			run_queued(s);
	}
	if (atomic_load(&s->cancelled))
		cancel_at_home(s);
}

enum verdict attend(void)
{
	struct sthread *s = sthread_self();
	enum verdict v = NO_HANDLER;
	int saved = errno;

	if (!s)
		return v;
	do {
		uint8_t now;

		attend_once(s);
		now = atomic_exchange(&s->verdict, NO_HANDLER);
		if (now > v)
			v = (enum verdict)now;
	} while (shim_attention());
	errno = saved;
	return v;
}

void attend_and_tell(void)
{
	enum verdict v = attend();

	if (v != NO_HANDLER)
		rule(sthread_self()->ring, (uint8_t)v);
}

bool shim_attend(void)
{
	return attend() == HANDLER_INTERRUPTS;
}

void signals_held_off(void)
{
	struct sthread *s = sthread_self();
	int saved = errno;

	/* the verdict is for whoever asks next */
	while (atomic_load(&s->pending)) {
		thread_go_home();
		run_queued(s);
	}
	errno = saved;
}

static void decline(struct sthread *s)
{
	bool to_it = s->queued.si_code == SI_TKILL ||
		     (s->queued.si_code == SI_QUEUE &&
		      atomic_load(&s->queued_to));

	/* it lands elsewhere now: all are blocked here */
	s->mask_differs = true;
	atomic_store(&s->pending, 0);
	/* what the kernel has sent nobody but the main thread may send again */
	if (s->queued.si_code < 0 && !to_it)
		real(syscall)(SYS_rt_sigqueueinfo, getpid(),
			      s->queued.si_signo, &s->queued);
	else if (s->queued.si_code >= 0)
		real(kill)(getpid(), s->queued.si_signo);
}

/*
 * The caller has ended, as far as the program knows: what is queued is not
 * for it.  A signal sent to this very thread is dropped, as the kernel drops
 * one to a thread that is gone; another is for the process still.  The
 * mask stays, for start_mask() (thread.c) to set.
 */
void signals_decline(struct sthread *s)
{
	s->ring->own++;
	atomic_store(&s->ring->attention, 0);
	atomic_store(&s->verdict, NO_HANDLER);
	if (atomic_exchange(&s->expected, 0))
		thread_go_home();
	if (atomic_load(&s->pending))
		decline(s);
	s->ring->own--;
}

/* --- installing -------------------------------------------------------------------- */

/* What a program sees as the old action: its own where install() had another
   in mind, and the kernel's in all else, for that knows better what it took. */
static void give_old(int sig, struct sigaction *old)
{
	const struct sigaction *sa = &wanted[sig];
	int changed = SA_SIGINFO | (int)SA_RESETHAND;

	if (!old || !is_ours(sig) || old->sa_sigaction != landed)
		return;
	old->sa_sigaction = sa->sa_sigaction;
	old->sa_flags = (old->sa_flags & ~changed) | (sa->sa_flags & changed);
	old->sa_mask = sa->sa_mask;
	sigdelset(&old->sa_mask, SIGKILL);
	sigdelset(&old->sa_mask, SIGSTOP);
}

/* No handler may come in between and want the lock, too: it is put off until the
   lock is let go.  s NULL: without memory for a record.  False: all is libc's
   again, and there is no lock any more. */
static bool lock_wanted(struct sthread *s)
{
	if (atomic_load(&shim_over))
		return false;
	if (s)
		s->ring->holds++;
	atomic_signal_fence(memory_order_seq_cst);
	real(pthread_mutex_lock)(&wanted_lock);
	return true;
}

static void unlock_wanted(struct sthread *s)
{
	real(pthread_mutex_unlock)(&wanted_lock);
	atomic_signal_fence(memory_order_seq_cst);
	if (!s || --s->ring->holds || !s->ring->held_off)
		return;
	s->ring->held_off = 0;
	signals_held_off();
}

void signals_child(void)
{
	wanted_lock = (pthread_mutex_t)PTHREAD_MUTEX_INITIALIZER;
}

/* One at a time lands; its handler's mask is set then. */
static void one_at_a_time(struct sigaction *sa)
{
	sa->sa_flags &= ~SA_RESETHAND;
	sigemptyset(&sa->sa_mask);
	block_others(&sa->sa_mask);
}

static int install(int sig, const struct sigaction *sa, struct sigaction *old)
{
	struct sigaction it = *sa, before;
	struct sthread *s = sthread_self();
	bool locked;
	int r;

	if (has_handler(sa)) {
		it.sa_sigaction = landed;
		it.sa_flags |= SA_SIGINFO;
	}
	locked = lock_wanted(s);
	if (has_handler(sa) && !atomic_load(&shim_over))
		one_at_a_time(&it);
	if (has_handler(sa) && !is_ours(sig)) {
		/* in place before the first can land */
		want(sig, sa);
	}
	r = real(sigaction)(sig, &it, &before);
	if (r == 0) {
		give_old(sig, &before);
		want(sig, sa);
		if (has_handler(sa))
			atomic_fetch_or(&ours, SIG_BIT(sig));
	}
	if (locked)
		unlock_wanted(s);
	if (r == 0 && old)
		*old = before;
	return r;
}

/* SIGTRAP may be the ring's: then it keeps the kernel's action and calls the
   program's handler for what is not its own. */
static bool trap_is_the_rings(const struct sigaction *sa,
			      struct sigaction *old)
{
	struct sigaction before = wanted[SIGTRAP];

	if (!ring_takes_trap(sa && has_handler(sa) ? landed : NULL))
		return false;
	if (sa)
		want(SIGTRAP, sa);
	if (old)
		*old = before;
	return true;
}

/* Nothing is known of us yet, or this is a child of vfork(): its actions are its own,
   and what it is told its parent's. */
static int sigaction_apart(int sig, const struct sigaction *sa,
			   struct sigaction *old)
{
	int r = real(sigaction)(sig, sa, old);

	if (r == 0)
		give_old(sig, old);
	return r;
}

EXPORT int sigaction(int sig, const struct sigaction *sa,
		     struct sigaction *old)
{
	int r;

	if (!shim_met() || sig < 1 || sig >= NSIG)
		return sigaction_apart(sig, sa, old);
	if (sig == SIGTRAP && ring_up && trap_is_the_rings(sa, old))
		return 0;
	if (sa) {
		/* what has been sent before is for the handler there was, and
		   its home may yet have to get a CPU */
		shim_go_home();
		return install(sig, sa, old);
	}
	r = real(sigaction)(sig, NULL, old);
	if (r == 0)
		give_old(sig, old);
	return r;
}

EXPORT int __sigaction(int sig, const struct sigaction *sa,
		       struct sigaction *old)
{
	return sigaction(sig, sa, old);
}

static sigset_t no_restart;	/* siginterrupt() */

EXPORT __sighandler_t signal(int sig, __sighandler_t handler)
{
	struct sigaction sa = { .sa_handler = handler }, old;

	if (!shim_met())
		return real(signal)(sig, handler);
	if (handler == SIG_ERR || sig < 1 || sig >= NSIG) {
		errno = EINVAL;
		return SIG_ERR;
	}
	sa.sa_flags = sigismember(&no_restart, sig) ? 0 : SA_RESTART;
	sigaddset(&sa.sa_mask, sig);
	if (sigaction(sig, &sa, &old) < 0)
		return SIG_ERR;
	return old.sa_handler;
}

EXPORT __sighandler_t bsd_signal(int sig, __sighandler_t handler)
{
	return signal(sig, handler);
}

EXPORT __sighandler_t ssignal(int sig, __sighandler_t handler)
{
	return signal(sig, handler);
}

/* System V's: once, not blocking itself, and interrupting. */
EXPORT __sighandler_t __sysv_signal(int sig, __sighandler_t handler)
{
	struct sigaction sa = { .sa_handler = handler }, old;

	if (!shim_met())
		return real(__sysv_signal)(sig, handler);
	if (handler == SIG_ERR) {
		errno = EINVAL;
		return SIG_ERR;
	}
	sa.sa_flags = (int)SA_RESETHAND | SA_NODEFER;
	return sigaction(sig, &sa, &old) < 0 ? SIG_ERR : old.sa_handler;
}

EXPORT __sighandler_t sysv_signal(int sig, __sighandler_t handler)
{
	return __sysv_signal(sig, handler);
}

static bool set_one(sigset_t *set, int sig)
{
	sigemptyset(set);
	return sigaddset(set, sig) == 0;
}

EXPORT __sighandler_t sigset(int sig, __sighandler_t disp)
{
	struct sigaction sa = { .sa_handler = disp }, old;
	bool hold = disp == SIG_HOLD;
	sigset_t one, before;

	if (!shim_met())
		return real(sigset)(sig, disp);
	if (disp == SIG_ERR) {
		errno = EINVAL;
		return SIG_ERR;
	}
	if (!set_one(&one, sig) ||
	    sigaction(sig, hold ? NULL : &sa, &old) < 0 ||
	    sigprocmask(hold ? SIG_BLOCK : SIG_UNBLOCK, &one, &before) < 0)
		return SIG_ERR;
	return sigismember(&before, sig) ? SIG_HOLD : old.sa_handler;
}

EXPORT int siginterrupt(int sig, int on)
{
	struct sigaction sa;

	if (!shim_met())
		return real(siginterrupt)(sig, on);
	if (sigaction(sig, NULL, &sa) < 0)
		return -1;
	if (on) {
		sigaddset(&no_restart, sig);
		sa.sa_flags &= ~SA_RESTART;
	} else {
		sigdelset(&no_restart, sig);
		sa.sa_flags |= SA_RESTART;
	}
	return sigaction(sig, &sa, NULL);
}

/* There has been no thread, and will be none of ours: handlers are the kernel's. */
void signals_give_back(void)
{
	for (int sig = 1; sig < NSIG; sig++)
		if (is_ours(sig) && has_handler(&wanted[sig]))
			real(sigaction)(sig, &wanted[sig], NULL);
}

/* --- leaving ----------------------------------------------------------------------- */

void signals_leave(bool trap)
{
	struct sthread *s = sthread_self();

	lock_wanted(s);
	/* from here on none is queued */
	atomic_store(&shim_over, true);
	for (int sig = 1; sig < NSIG; sig++) {
		struct sigaction it = wanted[sig];
		bool mine = is_ours(sig) || (sig == SIGTRAP && trap);

		if (!mine || (!has_handler(&it) && sig != SIGTRAP))
			continue;
		if (has_handler(&it)) {
			atomic_fetch_or(&ours, SIG_BIT(sig));
			it.sa_sigaction = landed;
			it.sa_flags |= SA_SIGINFO;
		}
		real(sigaction)(sig, &it, NULL);
	}
	unlock_wanted(s);
}
