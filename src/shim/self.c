/*
 * self.c - what a thread does to itself and to others with signals
 *
 * Jumps out of handlers, masks, the alternate stack, sending: all is libc's,
 * done at home, where the kernel thread has the thread's own mask and stack.
 */
#include "shim/intern.h"

#include <sys/syscall.h>

/* --- leaving by longjmp: at home, with the program's own mask ------------------------- */

/* The stack pointer that a jump will set: libc hides it from attackers. */
static uintptr_t jumps_to(const struct __jmp_buf_tag *env)
{
	uintptr_t sp = (uintptr_t)env->__jmpbuf[6];

	__asm__("rorq $17, %0\n\txorq %%fs:0x30, %0" : "+r"(sp));
	return sp;
}

/* Of a thread without a record there is nothing to be put right. */
static void before_jump(sigjmp_buf env)
{
	extern __thread struct thread *ring_self
		__attribute__((tls_model("initial-exec")));
	struct sthread *s = ring_self ? sthread_self() : NULL;

	if (!s)
		return;
	thread_go_home();
	/* what has come on the way has come under the mask of before, which would be
	   in force again after it */
	signals_held_off();
	/* a handler in the middle of these is left */
	s->ring->own = 0;
	thread_poll_over(s->ring);
	stack_left_for(s, jumps_to(env));
	if (env->__mask_was_saved)
		s->mask = env->__saved_mask;
	else if (s->handling)
		real(pthread_sigmask)(SIG_SETMASK, NULL, &s->mask);
	s->handling = 0;
	signals_held(s, *(uint64_t *)&s->mask);
}

#define LONGJMP(name)                                    \
	EXPORT void name(sigjmp_buf env, int val)        \
	{                                                \
		before_jump(env);                        \
		real(name)(env, val);                    \
		__builtin_unreachable();                 \
	}

LONGJMP(siglongjmp)
LONGJMP(longjmp)
LONGJMP(_longjmp)
LONGJMP(__longjmp_chk)

/* --- masks, and what a thread does to itself: at home -------------------------------- */

static void note_mask(int r)
{
	struct sthread *s = r == 0 && shim_met() ? sthread_self() : NULL;

	if (!s)
		return;
	real(pthread_sigmask)(SIG_SETMASK, NULL, &s->mask);
	signals_held(s, *(uint64_t *)&s->mask);
}

EXPORT int pthread_sigmask(int how, const sigset_t *set, sigset_t *old)
{
	int r;

	shim_go_home();
	r = real(pthread_sigmask)(how, set, old);
	if (set)
		note_mask(r);
	return r;
}

EXPORT int sigprocmask(int how, const sigset_t *set, sigset_t *old)
{
	int r;

	shim_go_home();
	r = real(sigprocmask)(how, set, old);
	if (set)
		note_mask(r);
	return r;
}

void mask_lent(const sigset_t *mask)
{
	struct sthread *s = shim_on && mask ? sthread_self() : NULL;

	if (!s || !readable(mask, sizeof(s->lent_mask)))
		return;
	s->lent_mask = *(const uint64_t *)mask;
	signals_held(s, s->lent_mask);
	s->lent = true;
}

void mask_back(void)
{
	struct sthread *s = shim_on ? sthread_self() : NULL;

	if (!s)
		return;
	s->lent = false;
	signals_held(s, *(uint64_t *)&s->mask);
}

/* The older names, for which libc does not call the newer ones. */
#define MASK(type, name, params, args)   \
	EXPORT type name params          \
	{                                \
		type r;                  \
                                         \
		shim_go_home();          \
		r = real(name) args;     \
		note_mask(0);            \
		return r;                \
	}

MASK(int, sighold, (int sig), (sig))
MASK(int, sigrelse, (int sig), (sig))
MASK(int, sigblock, (int mask), (mask))
MASK(int, sigsetmask, (int mask), (mask))
MASK(int, siggetmask, (void), ())

EXPORT int sigaltstack(const stack_t *ss, stack_t *old)
{
	struct sthread *s;
	int r;

	shim_go_home();
	r = real(sigaltstack)(ss, old);
	s = r == 0 && ss && shim_met() ? sthread_self() : NULL;
	if (s)
		s->alt = !(ss->ss_flags & SS_DISABLE);
	return r;
}

EXPORT int raise(int sig)
{
	shim_go_home();
	thread_takes(pthread_self(), sig);
	return real(raise)(sig);
}

EXPORT int gsignal(int sig)
{
	return raise(sig);
}

/*
 * A signal is there when the call that sent it has returned.  But a home has
 * yet to get a CPU for its signal to land, and its thread may go on
 * meanwhile: so it is made to go home, where it meets what has come.  (One that
 * is at home may be about to leave.)
 */
void expect_home(struct sthread *s)
{
	if (!s || !s->ring || s == sthread_self())
		return;
	atomic_store(&s->expected, 1);
	thread_expect(s->ring);
}

/* sig has been sent to t.  Without a handler there is nothing to be met. */
static void expect(struct thread *t, int sig)
{
	if (t && signal_handled(sig))
		expect_home(t->user);
}

static void expect_tid(pid_t tid, int sig)
{
	expect(ring_up ? thread_by_tid(tid) : NULL, sig);
}

EXPORT int pthread_kill(pthread_t th, int sig)
{
	struct thread *t = ring_up ? thread_of((uintptr_t)th) : NULL;
	int r;

	if (sig && pthread_equal(th, pthread_self()))
		shim_go_home();
	/* libc looks at sig no further than whether it is one of its own */
	if (!thread_takes(th, sig) && sig != 32 && sig != 33)
		return 0;
	r = real(pthread_kill)(th, sig);
	if (r == 0)
		expect(t, sig);
	return r;
}

/*
 * The process has sent itself a signal.  It is the main thread's, unless that
 * blocks it; then the kernel has chosen another, we do not know which.  So all
 * that may be it are expected to see, unless they are many; and signals are
 * counted, and a thread that ends looks first whether it is the one.
 */
#define MANY 64

struct candidates {
	int sig, n;
};

static _Atomic uint32_t sent;

uint32_t signals_sent(void)
{
	return atomic_load_explicit(&sent, memory_order_relaxed);
}

static bool is_candidate(struct thread *t, void *arg)
{
	struct candidates *c = arg;
	struct sthread *s = t->user;

	if (atomic_load(&t->away) && s->ring == t &&
	    !sigismember(&s->mask, c->sig)) {
		expect_home(s);
		c->n++;
	}
	return c->n == MANY;
}

static void sent_to_process(int sig)
{
	struct candidates c = { sig, 0 };

	atomic_fetch_add(&sent, 1);
	if (!signal_handled(sig))
		return;
	if (main_thread && !sigismember(&main_thread->mask, sig))
		expect_home(main_thread);
	else
		thread_find(is_candidate, &c);
}

EXPORT int pthread_sigqueue(pthread_t th, int sig, const union sigval value)
{
	struct thread *t = ring_up ? thread_of((uintptr_t)th) : NULL;
	int r;

	if (pthread_equal(th, pthread_self()))
		shim_go_home();
	if (!thread_takes(th, sig))
		return ESRCH;
	if (t && sig)
		atomic_store(&((struct sthread *)t->user)->queued_to, true);
	r = real(pthread_sigqueue)(th, sig, value);
	if (r == 0)
		expect(t, sig);
	return r;
}

EXPORT int tgkill(pid_t pid, pid_t tid, int sig)
{
	int r;

	if (ring_up && tid == own_tid())
		shim_go_home();
	r = real(tgkill)(pid, tid, sig);
	if (r == 0)
		expect_tid(tid, sig);
	return r;
}

EXPORT int sigqueue(pid_t pid, int sig, const union sigval value)
{
	bool own = ring_up && pid == getpid();
	int r;

	if (own)
		shim_go_home();
	r = real(sigqueue)(pid, sig, value);
	if (r == 0 && own && sig)
		sent_to_process(sig);
	return r;
}

EXPORT int kill(pid_t pid, int sig)
{
	bool own = ring_up && (pid == getpid() || pid <= 0);
	int r;

	if (own)
		shim_go_home();
	r = real(kill)(pid, sig);
	if (r == 0 && own && sig)
		sent_to_process(sig);
	return r;
}

EXPORT int killpg(pid_t group, int sig)
{
	if (group < 0) {
		errno = EINVAL;
		return -1;
	}
	return kill(-group, sig);
}

void sent_raw(long nr, const long *a)
{
	switch (nr) {
	case SYS_tkill:
		expect_tid((pid_t)a[0], (int)a[1]);
		break;
	case SYS_tgkill:
	case SYS_rt_tgsigqueueinfo:
		expect_tid((pid_t)a[1], (int)a[2]);
		break;
	case SYS_kill:
	case SYS_rt_sigqueueinfo:
		if (ring_up && a[1] && (a[0] == getpid() || a[0] <= 0))
			sent_to_process((int)a[1]);
		break;
	}
}

pid_t own_tid(void)
{
	extern __thread struct thread *ring_self
		__attribute__((tls_model("initial-exec")));

	return ring_self && ring_self->away ? ring_self->tid :
					      real(gettid)();
}

/* The kernel gives an id again only when it has used up the others: so a thread
   that knows its own is not recycled. */
EXPORT pid_t gettid(void)
{
	extern __thread struct thread *ring_self
		__attribute__((tls_model("initial-exec")));
	struct sthread *s = ring_self ? ring_self->user : NULL;

	if (s)
		s->spent = true;
	return own_tid();
}

/* The caller has written to a stream that nobody reads.  The kernel says of that
   signal that it is the process's own doing. */
void send_sigpipe(void)
{
	siginfo_t info = { .si_signo = SIGPIPE, .si_code = SI_USER };
	long r = -1;

	shim_go_home();
	thread_takes(pthread_self(), SIGPIPE);
	info.si_pid = getpid();
	info.si_uid = getuid();
	if (own_begin()) {
		r = real(syscall)(SYS_rt_tgsigqueueinfo, info.si_pid,
				  own_tid(), SIGPIPE, &info);
		own_end();
	}
	if (r < 0)
		real(raise)(SIGPIPE);
}
