/*
 * process.c - calls that are made at home
 *
 * What concerns the kernel thread itself (its id, its signal mask, what a
 * child or a new program image inherits of it), and what blocks in a way
 * that nothing here can wait for, is done by libc's own function on the
 * thread's own kernel thread, where it is right by construction.  Each
 * interposer goes home and calls it.
 */
#include "shim/intern.h"
#include "shim/tls.h"

#include <asm/prctl.h>
#include <linux/ioprio.h>
#include <linux/seccomp.h>
#include <sys/single_threaded.h>
#include <sys/syscall.h>

#define HOME(type, name, params, args)   \
	EXPORT type name params          \
	{                                \
		shim_go_home();        \
		return real(name) args;  \
	}

/* --- children ---------------------------------------------------------------- */

/* The child may ask for a signal when its parent ends (PR_SET_PDEATHSIG), which
   is to the kernel the thread that has made it. */
void shim_parent(void)
{
	struct sthread *s = ring_up ? sthread_self() : NULL;

	if (s)
		s->spent = true;
}

static pid_t fork_(void)
{
	pid_t pid;

	tls_fork_begin();
	pid = real(fork)();
	tls_fork_end(pid == 0);
	return pid;
}

EXPORT pid_t fork(void)
{
	shim_go_home();
	return fork_();
}

EXPORT pid_t __fork(void)
{
	return fork();
}

/* The child has none of fork()'s handlers run: ours is due nonetheless. */
EXPORT pid_t _Fork(void)
{
	pid_t pid;

	shim_go_home();
	shim_before_fork();
	pid = real(_Fork)();
	if (pid == 0)
		shim_after_fork();
	return pid;
}

HOME(pid_t, forkpty,
     (int *master, char *name, const struct termios *termios,
      const struct winsize *size),
     (master, name, termios, size))

struct cloned {
	int (*fn)(void *);
	void *arg;
	bool shares;	/* the table of descriptors */
};

static int cloned_runs(void *arg)
{
	struct cloned c = *(struct cloned *)arg;

	ring_shares_fds = c.shares;
	shim_after_fork();
	return c.fn(c.arg);
}

EXPORT int clone(int (*fn)(void *), void *stack, int flags, void *arg, ...)
{
	/* the child has it, too */
	struct cloned c = { fn, arg, flags & CLONE_FILES };
	void *a[3];
	va_list ap;

	va_start(ap, arg);
	for (int i = 0; i < 3; i++)
		a[i] = va_arg(ap, void *);
	va_end(ap);
	shim_go_home();
	if (shim_on && fn &&
	    !(flags & (CLONE_VM | CLONE_THREAD | CLONE_SETTLS))) {
		shim_before_fork();
		fn = cloned_runs;
		arg = &c;
	}
	return real(clone)(fn, stack, flags, arg, a[0], a[1], a[2]);
}

/*
 * A vfork child borrows the caller's memory, which is ours as well, and its stack
 * frame, which must not be one of ours, gone when we return.  Where there have been no
 * threads nothing of ours needs to know what the child does: all is libc's until it
 * has ended, and the return address is kept from it in a register that the kernel
 * leaves alone.  No handler is to run meanwhile in the parent, which has waited for it.
 *
 * Beside threads, and carriers, it is a fork.  That the parent is held until the
 * child execs or exits, which some rely on, a pipe does: its other end is closed by
 * either; and it runs no handlers.
 */
__asm__(".text\n"
	".globl vfork, __vfork\n"
	".type vfork, @function\n"
	".type __vfork, @function\n"
	"vfork:\n"
	"__vfork:\n"
	"	.cfi_startproc\n"
	"	endbr64\n"
	"	xorl %esi, %esi\n"
	"	cmpb $0, shim_on(%rip)\n"
	"	je 1f\n"
	"	subq $8, %rsp\n"
	"	.cfi_adjust_cfa_offset 8\n"
	"	call vfork_begin\n"
	"	addq $8, %rsp\n"
	"	.cfi_adjust_cfa_offset -8\n"
	"	testb %al, %al\n"
	"	je vfork_as_fork\n"
	"	movl $1, %esi\n"
	"1:	popq %rdi\n"
	"	.cfi_adjust_cfa_offset -8\n"
	"	.cfi_register %rip, %rdi\n"
	"	movl $58, %eax\n"	/* SYS_vfork */
	"	syscall\n"
	"	pushq %rdi\n"
	"	.cfi_adjust_cfa_offset 8\n"
	"	.cfi_offset %rip, -8\n"
	"	movq %rax, %rdi\n"
	"	jmp vfork_end\n"
	"	.cfi_endproc\n"
	".size vfork, .-vfork\n"
	".size __vfork, .-__vfork\n");

bool vfork_begin(void) __attribute__((used, visibility("hidden")));
pid_t vfork_end(long r, bool begun)
	__attribute__((used, visibility("hidden")));

bool shim_vforking;
static sigset_t vfork_mask;	/* the parent's */

/* True: a vfork() it will be. */
bool vfork_begin(void)
{
	sigset_t all;

	if (ring_up || !__libc_single_threaded)
		return false;
	sigfillset(&all);
	real(pthread_sigmask)(SIG_SETMASK, &all, &vfork_mask);
	shim_vforking = true;
	shim_on = false;
	return true;
}

/* In the child, and after it in the parent; begun: by vfork_begin(). */
pid_t vfork_end(long r, bool begun)
{
	if (begun && r != 0) {
		shim_vforking = false;
		shim_on = true;
	}
	if (begun)
		real(pthread_sigmask)(SIG_SETMASK, &vfork_mask, NULL);
	if (r >= 0)
		return (pid_t)r;
	errno = (int)-r;
	return -1;
}

static pid_t fork_quietly(void)
{
	pid_t pid;

	shim_vforks(true);
	pid = fork_();
	shim_vforks(false);
	return pid;
}

pid_t vfork_as_fork(void)
{
	int fds[2], saved;
	pid_t pid;
	char c;

	shim_go_home();
	if (real(pipe2)(fds, O_CLOEXEC))
		return fork_quietly();
	/* out of the way of the child's idea of the lowest descriptor */
	pid = fork_quietly();
	if (pid == 0) {
		int high = real(fcntl)(fds[1], F_DUPFD_CLOEXEC, 512);

		if (high >= 0)
			real(close)(fds[1]);
		real(close)(fds[0]);
		return 0;
	}
	saved = errno;
	real(close)(fds[1]);
	if (pid > 0)
		while (real(read)(fds[0], &c, 1) < 0 && errno == EINTR)
			;
	real(close)(fds[0]);
	errno = saved;
	return pid;
}

HOME(int, execve, (const char *path, char *const argv[], char *const envp[]),
     (path, argv, envp))
HOME(int, execv, (const char *path, char *const argv[]), (path, argv))
HOME(int, execvp, (const char *file, char *const argv[]), (file, argv))
HOME(int, execvpe,
     (const char *file, char *const argv[], char *const envp[]),
     (file, argv, envp))
HOME(int, execveat,
     (int dir, const char *path, char *const argv[], char *const envp[],
      int flags),
     (dir, path, argv, envp, flags))
HOME(int, fexecve, (int fd, char *const argv[], char *const envp[]),
     (fd, argv, envp))
/* The list forms: their arguments as an array, NULL at the end, on the stack
   as libc does it. */
static int count_args(va_list ap)
{
	int n = 1;

	while (va_arg(ap, char *))
		n++;
	return n + 1;
}

#define EXEC_LIST(name, vector, extra, tail)                          \
	EXPORT int name(const char *path, const char *arg, ...)       \
	{                                                             \
		va_list ap;                                           \
		char **argv;                                          \
		int n;                                                \
                                                                      \
		va_start(ap, arg);                                    \
		n = count_args(ap);                                   \
		va_end(ap);                                           \
		argv = __builtin_alloca((size_t)n * sizeof(*argv));   \
		va_start(ap, arg);                                    \
		argv[0] = (char *)arg;                                \
		for (int i = 1; i < n; i++)                           \
			argv[i] = va_arg(ap, char *);                 \
		extra;                                                \
		va_end(ap);                                           \
		return vector tail;                                   \
	}

EXEC_LIST(execl, execv, (void)0, (path, argv))
EXEC_LIST(execlp, execvp, (void)0, (path, argv))
EXEC_LIST(execle, execve, char **envp = va_arg(ap, char **),
	  (path, argv, envp))

#define SPAWN(name)                                                         \
	EXPORT int name(pid_t *pid, const char *what,                       \
			const posix_spawn_file_actions_t *fa,               \
			const posix_spawnattr_t *attr, char *const argv[],  \
			char *const envp[])                                 \
	{                                                                   \
		shim_go_home();                                             \
		shim_parent();                                              \
		return real(name)(pid, what, fa, attr, argv, envp);         \
	}

SPAWN(posix_spawn)
SPAWN(posix_spawnp)

HOME(int, system, (const char *cmd), (cmd))
HOME(int, daemon, (int nochdir, int noclose), (nochdir, noclose))
HOME(int, wordexp, (const char *words, wordexp_t *to, int flags),
     (words, to, flags))
HOME(pid_t, wait, (int *status), (status))
HOME(pid_t, waitpid, (pid_t pid, int *status, int options),
     (pid, status, options))
HOME(pid_t, wait3, (int *status, int options, struct rusage *ru),
     (status, options, ru))
HOME(pid_t, wait4, (pid_t pid, int *status, int options, struct rusage *ru),
     (pid, status, options, ru))
HOME(int, waitid, (idtype_t type, id_t id, siginfo_t *info, int options),
     (type, id, info, options))

/* To the kernel it is the thread that attached which traces. */
EXPORT long ptrace(enum __ptrace_request request, ...)
{
	void *addr, *data;
	va_list ap;
	pid_t pid;

	va_start(ap, request);
	pid = va_arg(ap, pid_t);
	addr = va_arg(ap, void *);
	data = va_arg(ap, void *);
	va_end(ap);
	shim_go_home();
	return real(ptrace)(request, pid, addr, data);
}

/* --- the end ---------------------------------------------------------------------- */

#define HOME_END(name, params, args)        \
	EXPORT void name params             \
	{                                   \
		shim_go_home();             \
		real(name) args;            \
		__builtin_unreachable();    \
	}

HOME_END(_exit, (int status), (status))
HOME_END(_Exit, (int status), (status))
HOME_END(exit, (int status), (status))
HOME_END(quick_exit, (int status), (status))
HOME_END(abort, (void), ())

/* --- waiting for signals --------------------------------------------------------- */

HOME(int, sigwait, (const sigset_t *set, int *sig), (set, sig))
HOME(int, sigwaitinfo, (const sigset_t *set, siginfo_t *info), (set, info))
HOME(int, sigtimedwait,
     (const sigset_t *set, siginfo_t *info, const struct timespec *ts),
     (set, info, ts))

EXPORT int sigsuspend(const sigset_t *mask)
{
	int r;

	shim_go_home();
	mask_lent(mask);
	r = real(sigsuspend)(mask);
	mask_back();
	return r;
}

EXPORT int __sigsuspend(const sigset_t *mask)
{
	return sigsuspend(mask);
}

HOME(int, __sigpause, (int sig_or_mask, int is_sig), (sig_or_mask, is_sig))
HOME(int, __xpg_sigpause, (int sig), (sig))
HOME(int, pause, (void), ())

/* signal.h has the name mean the one above. */
EXPORT int sigpause_mask(int mask) __asm__("sigpause");
int sigpause_mask(int mask)
{
	shim_go_home();
	return real(sigpause)(mask);
}

HOME(int, sigpending, (sigset_t *set), (set))

/* A timer's signal that was sent before it was set anew has landed, and its
   handler run, when that is done: its home may yet have to get a CPU. */
HOME(int, setitimer,
     (__itimer_which_t which, const struct itimerval *it,
      struct itimerval *old), (which, it, old))
HOME(unsigned, alarm, (unsigned seconds), (seconds))
HOME(useconds_t, ualarm, (useconds_t first, useconds_t then), (first, then))
HOME(int, timer_settime,
     (timer_t timer, int flags, const struct itimerspec *it,
      struct itimerspec *old), (timer, flags, it, old))
HOME(int, timer_delete, (timer_t timer), (timer))

/* --- identity ---------------------------------------------------------------------- */

HOME(int, setuid, (uid_t u), (u))
HOME(int, setgid, (gid_t g), (g))
HOME(int, seteuid, (uid_t u), (u))
HOME(int, setegid, (gid_t g), (g))
HOME(int, setreuid, (uid_t r, uid_t e), (r, e))
HOME(int, setregid, (gid_t r, gid_t e), (r, e))
HOME(int, setresuid, (uid_t r, uid_t e, uid_t s), (r, e, s))
HOME(int, setresgid, (gid_t r, gid_t e, gid_t s), (r, e, s))
HOME(int, setgroups, (size_t n, const gid_t *list), (n, list))
HOME(int, initgroups, (const char *user, gid_t g), (user, g))

/*
 * What Linux keeps for each kernel thread: a thread that has asked for it has
 * it only at home, so it stays there, and so do those that it makes, which
 * inherit it.
 */
static void stay(void)
{
	struct sthread *s = ring_up ? sthread_self() : NULL;

	if (!s)
		return;
	shim_stay_home();
	s->own = true;
}

#define STAY(type, name, params, args)   \
	EXPORT type name params          \
	{                                \
		if (ring_up)             \
			stay();          \
		return real(name) args;  \
	}

STAY(int, unshare, (int flags), (flags))
STAY(int, setns, (int fd, int type), (fd, type))
STAY(int, setfsuid, (uid_t u), (u))
STAY(int, setfsgid, (gid_t g), (g))
STAY(int, capset, (cap_user_header_t head, cap_user_data_t data),
     (head, data))
STAY(int, nice, (int by), (by))
STAY(int, ioperm, (unsigned long from, unsigned long n, int on), (from, n, on))
STAY(int, iopl, (int level), (level))
STAY(int, pkey_alloc, (unsigned flags, unsigned rights), (flags, rights))
STAY(int, pkey_set, (int key, unsigned rights), (key, rights))

/* All ones only ask. */
EXPORT int personality(unsigned long persona)
{
	if (ring_up && (unsigned)persona != ~0u)
		stay();
	return real(personality)(persona);
}

/* Who is asked for is the caller, by 0: by its own id, then, for away it is
   another kernel thread that asks. */
static pid_t who(pid_t tid)
{
	return tid == 0 && thread_is_away() ? own_tid() : tid;
}

static bool is_self(pid_t tid)
{
	return ring_up && (tid == 0 || tid == own_tid());
}

void keep_home(pthread_t th)
{
	struct thread *t;

	if (!shim_on)
		return;
	if (pthread_equal(th, pthread_self())) {
		shim_stay_home();
		return;
	}
	t = thread_of((uintptr_t)th);
	if (t)
		thread_keep_home(t);
}

/* Something is set for t's home: which it is to keep to from now on, and to come
   to before it goes on. */
static void set_at_home(struct thread *t)
{
	struct sthread *s = t ? t->user : NULL;

	if (!s || !s->ring)
		return;
	s->own = true;
	thread_bind(t);
	expect_home(s);
}

static void set_for(pthread_t th)
{
	if (ring_up && pthread_equal(th, pthread_self()))
		stay();
	else if (shim_on)
		set_at_home(thread_of((uintptr_t)th));
}

void set_for_tid(pid_t tid)
{
	if (is_self(tid))
		stay();
	else if (ring_up)
		set_at_home(thread_by_tid(tid));
}

EXPORT int pthread_setaffinity_np(pthread_t th, size_t size,
				  const cpu_set_t *set)
{
	set_for(th);
	return real(pthread_setaffinity_np)(th, size, set);
}

EXPORT int sched_setaffinity(pid_t tid, size_t size, const cpu_set_t *set)
{
	set_for_tid(tid);
	return real(sched_setaffinity)(tid, size, set);
}

EXPORT int sched_getaffinity(pid_t tid, size_t size, cpu_set_t *set)
{
	return real(sched_getaffinity)(who(tid), size, set);
}

/* One that has ended has none, though its kernel thread may be there. */
EXPORT int pthread_getschedparam(pthread_t th, int *policy,
				 struct sched_param *param)
{
	return shim_met() && thread_gone(th) ?
		       ESRCH : real(pthread_getschedparam)(th, policy, param);
}

EXPORT int pthread_setschedparam(pthread_t th, int policy,
				 const struct sched_param *param)
{
	if (shim_met() && thread_gone(th))
		return ESRCH;
	set_for(th);
	return real(pthread_setschedparam)(th, policy, param);
}

EXPORT int pthread_setschedprio(pthread_t th, int prio)
{
	if (shim_met() && thread_gone(th))
		return ESRCH;
	set_for(th);
	return real(pthread_setschedprio)(th, prio);
}

EXPORT int sched_setscheduler(pid_t tid, int policy,
			      const struct sched_param *param)
{
	set_for_tid(tid);
	return real(sched_setscheduler)(tid, policy, param);
}

EXPORT int sched_setparam(pid_t tid, const struct sched_param *param)
{
	set_for_tid(tid);
	return real(sched_setparam)(tid, param);
}

EXPORT int sched_getscheduler(pid_t tid)
{
	return real(sched_getscheduler)(who(tid));
}

EXPORT int sched_getparam(pid_t tid, struct sched_param *param)
{
	return real(sched_getparam)(who(tid), param);
}

EXPORT int sched_rr_get_interval(pid_t tid, struct timespec *ts)
{
	return real(sched_rr_get_interval)(who(tid), ts);
}

EXPORT int setpriority(__priority_which_t which, id_t id, int prio)
{
	if (which == PRIO_PROCESS)
		set_for_tid((pid_t)id);
	return real(setpriority)(which, id, prio);
}

EXPORT int getpriority(__priority_which_t which, id_t id)
{
	if (which == PRIO_PROCESS)
		id = (id_t)who((pid_t)id);
	return real(getpriority)(which, id);
}

/* As with its clock: see time.c. */
EXPORT int getrusage(__rusage_who_t whose, struct rusage *ru)
{
	if (whose == RUSAGE_THREAD && shim_on)
		own_clock();
	return real(getrusage)(whose, ru);
}

/*
 * A filter of system calls is coming, made for what the program calls and not
 * for what we do.  Nothing is said any more afterwards, for that might be just
 * what the filter kills for.  (Without a program, filter mode is only asked
 * whether the kernel knows it.)
 */
static void leave_for(const char *what)
{
	if (!shim_on)
		return;
	say("%s: threads are left as they are", what);
	stay();
	shim_leave();
	shim_verbose = false;
}

static void before_filter(bool strict, const void *filter)
{
	if (strict || filter)
		leave_for("a seccomp filter");
}

/* The other kind of filter is the program's own handler of SIGSYS. */
static void before_prctl(int option, const unsigned long *a)
{
	if (option == PR_SET_SECCOMP)
		before_filter(a[0] == SECCOMP_MODE_STRICT, (void *)a[1]);
	if (option == PR_SET_SYSCALL_USER_DISPATCH &&
	    a[0] == PR_SYS_DISPATCH_ON)
		leave_for("system calls are dispatched to a handler");
}

/* By number: is it asked for what the caller uses of the CPU? */
static bool counts_own(long nr, const long *a)
{
	switch (nr) {
	case SYS_clock_gettime:
	case SYS_timer_create:
		return clock_is_own((clockid_t)a[0]);
	case SYS_getrusage:
		return a[0] == RUSAGE_THREAD;
	default:
		return false;
	}
}

/* The caller may set its alternate stack, or its mask if so, without our knowing to
   what: it is not to be another thread, nor are those that have ended to take a
   signal. */
static void set_unseen(bool mask)
{
	struct sthread *s = shim_on ? sthread_self() : NULL;

	if (s)
		s->spent = true;
	if (s && mask)
		signals_held(s, ~UINT64_C(0));
}

/*
 * The same by number, where libc's own function is for the whole process, or
 * there is none.
 */
void thread_raw(long nr, const long *a)
{
	if (shim_on && counts_own(nr, a)) {
		own_clock();
		return;
	}
	switch (nr) {
	case SYS_exit:
		thread_raw_exit((int)a[0]);
		return;
	case SYS_rt_sigprocmask:
	case SYS_sigaltstack:
		set_unseen(nr == SYS_rt_sigprocmask && a[1]);
		return;
	case SYS_seccomp:
		if ((unsigned)a[0] <= SECCOMP_SET_MODE_FILTER)
			before_filter(a[0] == SECCOMP_SET_MODE_STRICT,
				      (void *)a[2]);
		return;
	case SYS_arch_prctl:
		if (a[0] == ARCH_GET_GS || a[0] == ARCH_GET_FS)
			return;
		break;
	case SYS_personality:
		if ((unsigned)a[0] == ~0u)
			return;
		break;
	case SYS_sched_setaffinity:
	case SYS_sched_setscheduler:
	case SYS_sched_setparam:
	case SYS_sched_setattr:
		set_for_tid((pid_t)a[0]);
		return;
	case SYS_setpriority:
	case SYS_ioprio_set:
		if (a[0] != (nr == SYS_setpriority ? PRIO_PROCESS :
						     IOPRIO_WHO_PROCESS))
			break;
		set_for_tid((pid_t)a[1]);
		return;
	case SYS_perf_event_open:
		if (!is_self((pid_t)a[1]))
			return;
		break;
	case SYS_setuid:
	case SYS_setgid:
	case SYS_setreuid:
	case SYS_setregid:
	case SYS_setresuid:
	case SYS_setresgid:
	case SYS_setgroups:
	case SYS_setfsuid:
	case SYS_setfsgid:
	case SYS_capset:
	case SYS_unshare:
	case SYS_setns:
	case SYS_landlock_restrict_self:
	case SYS_set_mempolicy:
	case SYS_keyctl:
	case SYS_rseq:
	case SYS_ioperm:
	case SYS_iopl:
	case SYS_pkey_alloc:
		break;
	default:
		return;
	}
	stay();
}

EXPORT int arch_prctl(int code, unsigned long addr)
{
	const long a[] = { code, (long)addr };

	thread_raw(SYS_arch_prctl, a);
	return real(arch_prctl)(code, addr);
}

/* Options that set something of the kernel thread, and not of the process. */
static bool sets_for_thread(int option)
{
	switch (option) {
	case PR_SET_KEEPCAPS:
	case PR_SET_SECUREBITS:
	case PR_CAPBSET_DROP:
	case PR_CAP_AMBIENT:
	case PR_SET_NO_NEW_PRIVS:
	case PR_SET_TIMERSLACK:
	case PR_SET_FPEXC:
	case PR_SET_TSC:
	case PR_SET_SPECULATION_CTRL:
	case PR_TASK_PERF_EVENTS_DISABLE:
	case PR_SET_SYSCALL_USER_DISPATCH:
		return true;
	default:
		return false;
	}
}

EXPORT int prctl(int option, ...)
{
	unsigned long a[4];
	va_list ap;
	int r;

	va_start(ap, option);
	for (int i = 0; i < 4; i++)
		a[i] = va_arg(ap, unsigned long);
	va_end(ap);
	shim_go_home();
	before_prctl(option, a);
	if (ring_up && sets_for_thread(option))
		stay();
	r = real(prctl)(option, a[0], a[1], a[2], a[3]);
	if (r == 0 && option == PR_SET_NAME)	/* so it can be read */
		note_name(pthread_self(), (const char *)a[0]);
	return r;
}
