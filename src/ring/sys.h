/*
 * sys.h - the system calls src/ring makes, without libc in between
 *
 * The library is preloaded in front of libc: a plain read() from here would
 * land in the interposer that called us.  These inline functions go straight
 * to the kernel, return -errno, touch neither errno nor any thread-local
 * variable, are no cancellation points, and may therefore be called on any
 * stack with any FS base: in a signal handler, on a home's small stack, in
 * the middle of a switch.
 */
#ifndef RING_SYS_H
#define RING_SYS_H

#include <errno.h>
#include <linux/futex.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <time.h>

static inline long sys6(long nr, long a, long b, long c, long d, long e, long f)
{
	register long r10 __asm__("r10") = d;
	register long r8 __asm__("r8") = e;
	register long r9 __asm__("r9") = f;
	long ret;

	__asm__ volatile("syscall"
			 : "=a"(ret)
			 : "a"(nr), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8),
			   "r"(r9)
			 : "rcx", "r11", "memory");
	return ret;
}

static inline long sys4(long nr, long a, long b, long c, long d)
{
	register long r10 __asm__("r10") = d;
	long ret;

	__asm__ volatile("syscall"
			 : "=a"(ret)
			 : "a"(nr), "D"(a), "S"(b), "d"(c), "r"(r10)
			 : "rcx", "r11", "memory");
	return ret;
}

static inline long sys3(long nr, long a, long b, long c)
{
	long ret;

	__asm__ volatile("syscall"
			 : "=a"(ret)
			 : "a"(nr), "D"(a), "S"(b), "d"(c)
			 : "rcx", "r11", "memory");
	return ret;
}

#define SYS_P(p) ((long)(uintptr_t)(p))

/* The kernel's id of the kernel thread this runs on. */
static inline int sys_gettid(void)
{
	return (int)sys3(SYS_gettid, 0, 0, 0);
}

/* Sleep while *word == val; deadline absolute CLOCK_MONOTONIC, or NULL. */
static inline int sys_futex_wait(const void *word, uint32_t val,
				 const struct timespec *deadline)
{
	return (int)sys6(SYS_futex, SYS_P(word),
			 FUTEX_WAIT_BITSET | FUTEX_PRIVATE_FLAG, (long)val,
			 SYS_P(deadline), 0,
			 (long)(uint32_t)FUTEX_BITSET_MATCH_ANY);
}

static inline int sys_futex_wake(const void *word, int n)
{
	return (int)sys3(SYS_futex, SYS_P(word),
			 FUTEX_WAKE | FUTEX_PRIVATE_FLAG, n);
}

static inline int sys_close(int fd)
{
	return (int)sys3(SYS_close, fd, 0, 0);
}

static inline int sys_fcntl(int fd, int cmd, long arg)
{
	return (int)sys3(SYS_fcntl, fd, cmd, arg);
}

static inline void *sys_mmap(size_t len, int prot, int flags)
{
	return (void *)sys6(SYS_mmap, 0, (long)len, prot, flags, -1, 0);
}

static inline int sys_munmap(void *p, size_t len)
{
	return (int)sys3(SYS_munmap, SYS_P(p), (long)len, 0);
}

static inline int sys_failed(const void *p)
{
	return (uintptr_t)p >= (uintptr_t)-4095;
}

#endif
