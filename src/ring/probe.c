/*
 * probe.c - may an engine's system calls be made here?
 *
 * A process may have a filter of system calls (seccomp) from its beginning, a
 * service manager's or a container's.  It was written for the program, which
 * need not know the calls that an engine makes, and what a filter does not know
 * it answers with an error or with the end of the process.  So where there is a
 * filter somebody else tries first: a child process, which has the same filter,
 * makes each kind of call once, and whether it lives to tell is the answer.
 *
 * The child is a copy that shares nothing with us but one page, in which it
 * says what it is at.  It sends no signal when it ends, waits that do not ask
 * for such children (__WCLONE) don't see it, and it leaves no core.  Its parent
 * sleeps until it is over (CLONE_VFORK), and waits for it if it could have done so
 * itself.  It is made by the call that libc makes threads by, whose arguments a
 * filter can't see; one that allows clone() for threads alone can't be asked.
 *
 * Without a filter nothing is tried: then an engine's start itself shows whether
 * it can be had.
 */
#include "ring/sched.h"

#include <linux/io_uring.h>
#include <linux/perf_event.h>
#include <linux/sched.h>
#include <linux/wait.h>
#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>

/* One call, with arguments that do no harm. */
struct try {
	long nr, a[6];
};

/* What the child tells. */
struct verdict {
	_Atomic long nr;	/* the call it is at; 0: it has made them all */
	_Atomic long err;	/* how that was refused, -errno */
	_Atomic bool waits;	/* wait4() is one that may be made */
};

/* What a filter says to a call that it doesn't want: other errors are the
   kernel's own, about our arguments. */
static bool refused(long r)
{
	return r == -ENOSYS || r == -EPERM || r == -EACCES;
}

/* True if all may be made. */
static bool try_all(struct verdict *v, const struct try *t, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const long *a = t[i].a;
		long r;

		atomic_store(&v->nr, t[i].nr);
		r = sys6(t[i].nr, a[0], a[1], a[2], a[3], a[4], a[5]);
		if (!refused(r))
			continue;
		atomic_store(&v->err, r);
		return false;
	}
	return true;
}

#define TRY(v, ...)                                                      \
	({                                                               \
		const struct try calls[] = { __VA_ARGS__ };              \
                                                                         \
		try_all(v, calls, sizeof(calls) / sizeof(*calls));       \
	})

static void on_try(int sig, siginfo_t *info, void *uc)
{
	(void)sig;
	(void)info;
	(void)uc;
}

/* Our kicks return from a handler, which the program may not have. */
static void try_return(struct verdict *v, long pid)
{
	uint64_t usr1 = SIG_BIT(SIGUSR1);

	sys_sigaction(SIGUSR1, on_try, SA_SIGINFO, NULL);
	sys4(SYS_rt_sigprocmask, SIG_UNBLOCK, SYS_P(&usr1), 0, sizeof(usr1));
	atomic_store(&v->nr, SYS_rt_sigreturn);
	sys3(SYS_tgkill, pid, pid, SIGUSR1);
}

/* What both engines, carriers, the monitor and ops need; but for what every
   program with threads needs itself. */
static bool try_common(struct verdict *v)
{
	static const struct timespec zero;
	long pid = sys3(SYS_getpid, 0, 0, 0);
	siginfo_t info = { .si_code = SI_QUEUE };
	struct rlimit rl;
	struct timespec ts;
	uint64_t mask[128];
	long word = 0;
	uintptr_t fs;

	__asm__("movq %%fs:0, %0" : "=r"(fs));
	if (!TRY(v, { SYS_gettid, { 0 } },
	    { SYS_futex, { SYS_P(&word), FUTEX_WAKE | FUTEX_PRIVATE_FLAG, 1 } },
	    { SYS_futex,
	      { SYS_P(&word), FUTEX_WAIT_BITSET | FUTEX_PRIVATE_FLAG, 1, 0, 0,
		(long)(uint32_t)FUTEX_BITSET_MATCH_ANY } },
	    { SYS_nanosleep, { SYS_P(&zero) } },
	    { SYS_sched_yield, { 0 } },
	    { SYS_sched_getaffinity, { 0, sizeof(mask), SYS_P(mask) } },
	    { SYS_clock_gettime, { CLOCK_MONOTONIC, SYS_P(&ts) } },
	    { SYS_getrlimit, { RLIMIT_NOFILE, SYS_P(&rl) } },
	    { SYS_arch_prctl, { 0x1002 /* ARCH_SET_FS */, (long)fs } },
	    { SYS_rt_sigaction, { SIGSYS, 0, 0, sizeof(mask[0]) } },
	    { SYS_rt_sigprocmask, { SIG_BLOCK, 0, SYS_P(mask), sizeof(mask[0]) } },
	    { SYS_sigaltstack, { 0 } },
	    { SYS_tgkill, { pid, pid, 0 } },
	    { SYS_rt_tgsigqueueinfo, { pid, pid, 0, SYS_P(&info) } },
	    { SYS_fcntl, { -1, F_GETFL } },
	    { SYS_fcntl, { -1, F_DUPFD_CLOEXEC } },
	    { SYS_eventfd2, { 0, EFD_CLOEXEC | EFD_NONBLOCK } },
	    { SYS_ppoll, { 0, 0, SYS_P(&zero), 0, 8 } },
	    { SYS_recvfrom, { -1, 0, 0, MSG_DONTWAIT } },
	    { SYS_sendto, { -1, 0, 0, MSG_DONTWAIT } },
	    { SYS_recvmsg, { -1, 0, MSG_DONTWAIT } },
	    { SYS_sendmsg, { -1, 0, MSG_DONTWAIT } },
	    { SYS_preadv2, { -1, 0, 0, -1, -1 } },
	    { SYS_pwritev2, { -1, 0, 0, -1, -1 } },
	    { SYS_accept4, { -1 } },
	    { SYS_getsockopt, { -1, SOL_SOCKET, SO_ACCEPTCONN } },
	    /* src/shim's, of what kind a descriptor is */
	    { SYS_readlink, { 0 } }))
		return false;
	try_return(v, pid);
	return true;
}

static bool try_epoll(struct verdict *v)
{
	static const struct timespec zero;

	return TRY(v, { SYS_epoll_create1, { EPOLL_CLOEXEC } },
	    { SYS_epoll_ctl, { -1, EPOLL_CTL_ADD, -1 } },
	    { SYS_epoll_pwait2, { -1, 0, 1, SYS_P(&zero), 0, 8 } });
}

static bool try_uring(struct verdict *v)
{
	struct io_uring_params p = { .flags = IORING_SETUP_CLAMP };

	return TRY(v, { SYS_io_uring_setup, { 1, SYS_P(&p) } },
	    { SYS_io_uring_enter, { -1 } },
	    { SYS_io_uring_register, { -1 } },
	    { SYS_madvise, { 0, 0, MADV_DONTFORK } });
}

/* For fsbase.c's repair. */
static bool try_perf(struct verdict *v)
{
	struct perf_event_attr attr = { .type = PERF_TYPE_SOFTWARE,
					.size = sizeof(attr),
					.config = PERF_COUNT_SW_DUMMY,
					.disabled = 1,
					.exclude_kernel = 1 };

	return TRY(v, { SYS_uname, { 0 } },
	    { SYS_perf_event_open, { SYS_P(&attr), 0, -1, -1, 0 } });
}

/* By either there is none, should the other be what is killed for.  That limit
   keeps it from a file and from a pipe. */
static void no_core(struct verdict *v)
{
	const struct rlimit none = { 1, 1 };

	atomic_store(&v->nr, SYS_prlimit64);
	sys4(SYS_prlimit64, 0, RLIMIT_CORE, SYS_P(&none), 0);
	atomic_store(&v->nr, SYS_prctl);
	sys3(SYS_prctl, PR_SET_DUMPABLE, 0, 0);
}

static _Noreturn void child(struct verdict *v, enum probe what)
{
	static bool (*const tries[])(struct verdict *v) = {
		[PROBE_COMMON] = try_common,
		[PROBE_EPOLL] = try_epoll,
		[PROBE_URING] = try_uring,
		[PROBE_PERF] = try_perf,
	};
	uint64_t all = ~UINT64_C(0);

	sys4(SYS_rt_sigprocmask, SIG_SETMASK, SYS_P(&all), 0, sizeof(all));
	if (TRY(v, { SYS_wait4, { -1, 0, WNOHANG | __WCLONE } })) {
		atomic_store(&v->waits, true);
		no_core(v);
		if (tries[what](v))
			atomic_store(&v->nr, 0);
	}
	for (;;)
		sys3(SYS_exit_group, 0, 0, 0);
}

static long make_child(void)
{
	struct clone_args args = { .flags = CLONE_VFORK };
	long pid = sys3(SYS_clone3, SYS_P(&args), CLONE_ARGS_SIZE_VER0, 0);

	return pid == -ENOSYS ? sys6(SYS_clone, CLONE_VFORK, 0, 0, 0, 0, 0) :
				pid;
}

/* Run the child.  0: it is over, and v tells; -errno: there was none. */
static long ask(struct verdict *v, enum probe what)
{
	/* the program's handlers are not to run in the child; but one for
	   SIGSYS may be what makes these calls */
	uint64_t most = ~SIG_BIT(SIGSYS), mask;
	long pid;

	sys4(SYS_rt_sigprocmask, SIG_BLOCK, SYS_P(&most), SYS_P(&mask), 8);
	pid = make_child();
	if (pid == 0)
		child(v, what);
	if (pid > 0 && atomic_load(&v->waits))
		sys4(SYS_wait4, pid, 0, __WCLONE, 0);
	sys4(SYS_rt_sigprocmask, SIG_SETMASK, SYS_P(&mask), 0, 8);
	return pid < 0 ? pid : 0;
}

/* nr is below 1000 (the last one of Linux 6.18 is 469). */
static void tell_killer(long nr)
{
	char why[] = "a seccomp filter kills for system call 000";
	char *digits = why + sizeof(why) - 4;

	for (int i = 2; i >= 0; i--, nr /= 10)
		digits[i] = (char)('0' + nr % 10);
	ring_tell(why, 0);
}

static int answer(const struct verdict *v)
{
	long nr = atomic_load(&v->nr), err = atomic_load(&v->err);

	if (!nr || err)
		return (int)err;
	tell_killer(nr);
	return -EPERM;
}

static bool filtered = true;

bool probe_filtered(void)
{
	return filtered;
}

/* Is the calling thread filtered?  If there is no telling, it may be. */
static bool has_filter(void)
{
	static const char key[] = "\nSeccomp:\t", path[] =
						"/proc/thread-self/status";
	char buf[4096];
	int fd = (int)sys4(SYS_openat, AT_FDCWD, SYS_P(path),
			   O_RDONLY | O_CLOEXEC, 0);
	long n = fd < 0 ? -1 : sys3(SYS_read, fd, SYS_P(buf), sizeof(buf) - 1);
	const char *at;
	bool is;

	buf[n > 0 ? n : 0] = '\0';
	at = __builtin_strstr(buf, key);
	is = !at || at[sizeof(key) - 1] != '0';
	if (fd >= 0)
		sys_close(fd);
	return is;
}

/* The same, once; if it is not, this is the moment to make room for descriptors. */
static void look_for_filter(void)
{
	filtered = has_filter();
	if (!filtered)
		fds_widen();
}

int probe_calls(enum probe what)
{
	struct verdict *v;
	long r;

	if (what == PROBE_COMMON)
		look_for_filter();
	if (!filtered)
		return 0;
	v = (void *)sys_mmap(4096, PROT_READ | PROT_WRITE,
			     MAP_SHARED | MAP_ANONYMOUS);
	if (sys_failed(v))
		return -ENOMEM;
	atomic_store(&v->nr, SYS_clone3);
	r = ask(v, what);
	if (!r)
		r = answer(v);
	sys_munmap(v, 4096);
	return (int)r;
}
