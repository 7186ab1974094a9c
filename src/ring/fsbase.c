/*
 * fsbase.c - how the FS base is changed at a switch
 *
 * A thread's FS base is its TCB: errno, pthread_self() and everything
 * thread-local are relative to it.  A switch must change it, cheaply.
 *
 * FS_INSN: the kernel lets user space use wrfsbase and keeps what it wrote
 * (AT_HWCAP2 bit 1; Linux 5.9 and an x86-64 of the last ten years).
 *
 * FS_REPAIR: the processor executes wrfsbase, but the kernel does not know
 * that it may be used (some virtual machines): it puts back the base it
 * knows, the carrier's own, whenever it has switched to another kernel
 * thread and back.  A perf event on the carrier, "context switch", raises
 * SIGTRAP before the first user instruction after each; its handler writes
 * the right base again.  Some 2 us for each kernel switch, nothing for each
 * of ours.  The handler finds its carrier by its stack: the carrier's
 * alternate signal stack, aligned to its size, has the pointer at its base.
 * A switch in the middle of the handler leaves SIGTRAP pending until it has
 * returned, and it comes again (Linux 5.19; before, a blocked SIGTRAP of this
 * kind kills).
 *
 * FS_SYSCALL: arch_prctl(ARCH_SET_FS).  Right everywhere, and worth it where
 * it costs 0.1 us; where it costs more than SYSCALL_MAX the ring would be
 * slower than no ring and is not started.
 */
#include "ring/sched.h"

#include <linux/perf_event.h>
#include <signal.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/utsname.h>
#include <ucontext.h>

#define SIGSTACK FS_SIGSTACK
#define SYSCALL_MAX 1000	/* ns */
#define HWCAP2_FSGSBASE 2

enum fs_mode fs_mode;

#define SA_RESTORER_ 0x04000000

void fs_sigreturn(void);
__asm__(".text\n"
	".hidden fs_sigreturn\n"
	".type fs_sigreturn, @function\n"
	"fs_sigreturn:\n"
	"	movq $15, %rax\n"	/* rt_sigreturn */
	"	syscall\n");

/* From any thread; -errno. */
int sys_sigaction(int sig, void (*handler)(int, siginfo_t *, void *),
		  unsigned long flags, struct ksigaction *old)
{
	struct ksigaction sa = {
		.handler = handler,
		.flags = (flags & ~SA_ALONE) | SA_RESTORER_,
		.restorer = fs_sigreturn,
	};

	/* but what a thread brings on itself, and SIGTRAP is ours, too */
	if (flags & SA_ALONE)
		sa.mask = ~SIGS_OWN;

	return (int)sys4(SYS_rt_sigaction, sig, SYS_P(handler ? &sa : NULL),
			 SYS_P(old), sizeof(sa.mask));
}

/* --- the probe ------------------------------------------------------------- */

static _Atomic int illegal;

static void on_ill(int sig, siginfo_t *info, void *uc)
{
	(void)sig;
	(void)info;
	illegal = 1;
	((ucontext_t *)uc)->uc_mcontext.gregs[REG_RIP] += 5;
}

/* Does the processor execute rdfsbase here?  While there is one thread. */
static bool instruction_works(void)
{
	struct ksigaction old;

	if (sys_sigaction(SIGILL, on_ill, SA_SIGINFO, &old))
		return false;
	illegal = 0;
	/* rdfsbase %rax: five bytes, which on_ill skips */
	__asm__ volatile(".byte 0xf3, 0x48, 0x0f, 0xae, 0xc0"
			 : : : "rax", "memory");
	sys4(SYS_rt_sigaction, SIGILL, SYS_P(&old), 0, sizeof(old.mask));
	return !illegal;
}

/* The event for the calling kernel thread, -errno if there can be none.
   One that is not disabled may raise SIGTRAP at once. */
static int perf_open(bool disabled)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_SOFTWARE,
		.size = sizeof(attr),
		.config = PERF_COUNT_SW_CONTEXT_SWITCHES,
		.sample_period = 1,
		.disabled = disabled,
		.remove_on_exec = 1,
		.sigtrap = 1,
	};

	return (int)sys6(SYS_perf_event_open, SYS_P(&attr), 0, -1, -1,
			 PERF_FLAG_FD_CLOEXEC, 0);
}

static bool kernel_since(int major, int minor)
{
	struct utsname u;
	int a = 0, b = 0;

	if (sys3(SYS_uname, SYS_P(&u), 0, 0))
		return false;
	for (const char *p = u.release; *p >= '0' && *p <= '9'; p++)
		a = 10 * a + *p - '0';
	for (const char *p = u.release; *p; p++) {
		if (*p != '.')
			continue;
		while (*++p >= '0' && *p <= '9')
			b = 10 * b + *p - '0';
		break;
	}
	return a > major || (a == major && b >= minor);
}

static bool repair_works(void)
{
	int fd;

	if (probe_calls(PROBE_PERF) || !kernel_since(5, 19))
		return false;
	fd = perf_open(true);
	if (fd < 0)
		return false;
	sys_close(fd);
	return true;
}

static bool syscall_is_quick(void)
{
	uintptr_t fs;
	int64_t t;

	__asm__("movq %%fs:0, %0" : "=r"(fs));
	t = now_ns();
	for (int i = 0; i < 64; i++)
		sys3(SYS_arch_prctl, 0x1002, (long)fs, 0);
	return (now_ns() - t) / 64 < SYSCALL_MAX;
}

static bool mode_works(enum fs_mode m)
{
	switch (m) {
	case FS_INSN:
		return getauxval(AT_HWCAP2) & HWCAP2_FSGSBASE;
	case FS_REPAIR:
		return instruction_works() && repair_works();
	case FS_SYSCALL:
		return ring_conf->fs == FS_SYSCALL || syscall_is_quick();
	default:
		return false;
	}
}

/*
 * Choose how.  0, or -ENOSYS if there is no way that pays.  By the only
 * thread there is.
 */
int fs_init(void)
{
	enum fs_mode only = ring_conf->fs;

	fs_mode = FS_NONE;
	for (enum fs_mode m = FS_INSN; m <= FS_SYSCALL; m++) {
		if ((only && m != only) || !mode_works(m))
			continue;
		fs_mode = m;
		return 0;
	}
	return -ENOSYS;
}

const char *ring_fs_name(void)
{
	static const char *const names[] = {
		[FS_NONE] = "none",
		[FS_INSN] = "wrfsbase",
		[FS_REPAIR] = "wrfsbase with repair",
		[FS_SYSCALL] = "arch_prctl",
	};

	return names[ring_up ? fs_mode : FS_NONE];
}

/* --- the repair -------------------------------------------------------------- */

static struct ksigaction trap_old;
/* what the program has installed for SIGTRAP, or NULL: by src/shim */
static void (*_Atomic trap_next)(int, siginfo_t *, void *);

bool ring_owns_trap(void)
{
	return fs_mode == FS_REPAIR && ring_up;
}

bool ring_takes_trap(void (*next)(int, siginfo_t *, void *))
{
	if (!ring_owns_trap())
		return false;
	atomic_store(&trap_next, next);
	return true;
}

#ifndef TRAP_PERF
#define TRAP_PERF 6
#endif

static __attribute__((no_stack_protector)) void
on_trap(int sig, siginfo_t *info, void *uc)
{
	uintptr_t sp = (uintptr_t)__builtin_frame_address(0);
	struct carrier *c;

	if (info->si_code == TRAP_PERF) {
		c = *(struct carrier **)(sp & ~(SIGSTACK - 1));
		__asm__ volatile("wrfsbase %0"
				 : : "r"(*(volatile uintptr_t *)&c->fs_now)
				 : "memory");
		return;
	}
	if (atomic_load(&trap_next)) {
		atomic_load(&trap_next)(sig, info, uc);
		return;
	}
	/* as without us: die of it, or go on if it was ignored */
	if (trap_old.handler == (void *)SIG_IGN)
		return;
	trap_old.handler = NULL;
	sys4(SYS_rt_sigaction, SIGTRAP, SYS_P(&trap_old), 0, 8);
	sys3(SYS_tkill, sys_gettid(), SIGTRAP, 0);
}

/* An alternate stack for c, for handlers of ours that land on it. */
static int sigstack_make(struct carrier *c)
{
	char *p = ring_map(2 * SIGSTACK);
	stack_t ss = { .ss_size = SIGSTACK - 64 };

	if (!p)
		return -ENOMEM;
	p = (char *)(((uintptr_t)p + SIGSTACK - 1) & ~(SIGSTACK - 1));
	/* touched now: a page fault in the middle of a signal may be one
	   more switch */
	__builtin_memset(p, 0, SIGSTACK);
	*(struct carrier **)p = c;
	c->sigstack = p;
	ss.ss_sp = p + 64;
	return (int)sys3(SYS_sigaltstack, SYS_P(&ss), 0, 0);
}

/* On c's kernel thread, before it runs anything.  0 or -errno. */
int fs_carrier_init(struct carrier *c)
{
	int r = sigstack_make(c), fd;

	if (r || fs_mode != FS_REPAIR)
		return r;
	if (!trap_old.flags) {
		/* alone: it comes with a switch, as the kicks of monitor.c do
		   on a busy machine; they are to meet what it interrupts */
		r = sys_sigaction(SIGTRAP, on_trap,
				  SA_SIGINFO | SA_ONSTACK | SA_RESTART |
					  SA_ALONE,
				  &trap_old);
		trap_old.flags |= SA_RESTORER_;
		if (r)
			return r;
		/* the program may have one already */
		if ((uintptr_t)trap_old.handler > 1)
			atomic_store(&trap_next, trap_old.handler);
	}
	fd = fd_to_high(perf_open(false));
	c->perf_fd = fd;
	return fd < 0 ? fd : 0;
}
