/* What a thread has used of the CPU: computing, and asking. */
#ifndef CPU_H
#define CPU_H

#include "t.h"
#include <sys/syscall.h>

/* Some 50 us, of which most threads do not notice a thing. */
static inline void cpu_use(void)
{
	uint32_t x = 1;

	for (int i = 0; i < 40000; i++) {
		x = x * 1664525 + 1013904223;
		__asm__ volatile("" : "+r"(x));
	}
}

/* Compute, in many small pieces with a wait after each. */
static inline void cpu_compute(void)
{
	struct timespec ts = { 0, 1 };

	for (int i = 0; i < 100; i++) {
		cpu_use();
		nanosleep(&ts, NULL);
	}
}

static inline int64_t cpu_of(clockid_t clock)
{
	struct timespec ts = { 0, 0 };

	DO(clock_gettime(clock, &ts));
	return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

static inline int64_t cpu_own(void)
{
	return cpu_of(CLOCK_THREAD_CPUTIME_ID);
}

#endif
