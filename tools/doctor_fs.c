/*
 * doctor_fs.c - how a thread's FS base can be changed here
 *
 * The three ways of src/ring/fsbase.c, tried in its order: the instruction,
 * the instruction with a perf event that has the base repaired after each of
 * the kernel's switches, the system call.  Which one it is decides what a
 * switch costs; with none of them the library does nothing.
 */
#include "doctor.h"
#include "launch.h"

#include <errno.h>
#include <linux/capability.h>
#include <linux/perf_event.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/syscall.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>

#define HWCAP2_FSGSBASE 2
#define QUICK		1000 /* ns */

static volatile sig_atomic_t illegal;

static void on_ill(int sig, siginfo_t *info, void *context)
{
	illegal = 1;
	((ucontext_t *)context)->uc_mcontext.gregs[REG_RIP] += 5;
}

static bool instruction_works(void)
{
	struct sigaction sa = { .sa_sigaction = on_ill,
				.sa_flags = SA_SIGINFO };
	struct sigaction old;

	illegal = 0;
	sigaction(SIGILL, &sa, &old);
	/* rdfsbase %rax: five bytes, which on_ill skips */
	__asm__ volatile(".byte 0xf3, 0x48, 0x0f, 0xae, 0xc0"
			 :
			 :
			 : "rax", "memory");
	sigaction(SIGILL, &old, NULL);
	return !illegal;
}

/* 0 or an errno. */
static int perf_refusal(void)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_SOFTWARE,
		.size = sizeof(attr),
		.config = PERF_COUNT_SW_CONTEXT_SWITCHES,
		.sample_period = 1,
		.disabled = 1,
		.remove_on_exec = 1,
		.sigtrap = 1,
	};
	int fd;

	if (!kernel_since(5, 19))
		return ENOSYS;
	fd = (int)syscall(SYS_perf_event_open, &attr, 0, -1, -1,
			  PERF_FLAG_FD_CLOEXEC);
	if (fd < 0)
		return errno;
	close(fd);
	return 0;
}

static void try_perf(void)
{
	perf_refusal();
}

/* A filter that kills for it refuses it to the shim, too. */
static int perf_unless_killed(void)
{
	return is_killed(try_perf) ? EPERM : perf_refusal();
}

static int64_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * INT64_C(1000000000) + t.tv_nsec;
}

/* The nanoseconds of one arch_prctl(ARCH_SET_FS) to what it is. */
static long syscall_cost(void)
{
	int64_t t;
	uintptr_t fs;

	__asm__("movq %%fs:0, %0" : "=r"(fs));
	t = now();
	for (int i = 0; i < 64; i++)
		syscall(SYS_arch_prctl, 0x1002, fs);
	return (long)((now() - t) / 64);
}

static const char *perf_advice(int refusal)
{
	long paranoid = read_number("/proc/sys/kernel/perf_event_paranoid", 2);

	if (!kernel_since(5, 19))
		return "a kernel from 5.19 on, with perf events, could repair "
		       "it";
	if ((refusal == EACCES || refusal == EPERM) && paranoid > 1)
		return text("perf events would do instead: sysctl -w "
			    "kernel.perf_event_paranoid=1 (it is %ld), or the "
			    "capability CAP_PERFMON",
			    paranoid);
	if (refusal == EACCES || refusal == EPERM)
		return "perf events would do instead, and are refused: a "
		       "container's seccomp profile? allow perf_event_open";
	return text("perf events would do instead; perf_event_open says: %s",
		    strerror(refusal));
}

static void without_fsgsbase(struct report *r)
{
	int refusal = instruction_works() ? perf_unless_killed() : ENODEV;
	const char *advice = refusal == ENODEV ? NULL : perf_advice(refusal);
	long cost = syscall_cost();

	if (!refusal)
		report_add(r, NOTE, "FS base",
			   "in a virtual machine: let the guest have FSGSBASE",
			   "no FSGSBASE; a perf event repairs it, at some "
			   "2 us for each of the kernel's switches");
	else if (cost < QUICK)
		report_add(r, NOTE, "FS base", advice,
			   "no FSGSBASE; changed by a system call, %ld ns",
			   cost);
	else
		report_add(r, FAIL, "FS base",
			   advice ? advice
				  : "a processor and a kernel (5.9) "
				    "with FSGSBASE are wanted",
			   "no FSGSBASE, and a system call takes %ld ns", cost);
}

void look_at_fs_base(struct report *r)
{
	if (getauxval(AT_HWCAP2) & HWCAP2_FSGSBASE)
		report_add(r, OK, "FS base", NULL, "FSGSBASE");
	else
		without_fsgsbase(r);
}
