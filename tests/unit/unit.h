/*
 * unit.h - what the unit tests share
 *
 * Every test runs in a process of its own (Check forks), so globals need no
 * tidying up for the next one's sake; fixtures do so all the same, for
 * CK_FORK=no under a debugger.  Assertions are for the test's own thread:
 * the threads it makes take notes.
 */
#ifndef UNIT_H
#define UNIT_H

#include <check.h>
#include <pthread.h>
#include <semaphore.h>

#include "ring/sched.h"

#define LONG_WAIT 20000000000LL /* ns; only a lost wake-up takes so long */
#define LIMIT	  120		/* s, for a test: then it hangs */
#define COUNT(a)  (sizeof(a) / sizeof(*(a)))

Suite *runq_suite(void);
Suite *timer_suite(void);
Suite *park_suite(void);
Suite *op_suite(void);
Suite *fd_suite(void);
Suite *conf_suite(void);
Suite *hist_suite(void);
Suite *mem_suite(void);

/* An engine that does nothing but keep count of what it is asked for. */
extern const struct engine fake_engine;
extern struct fake {
	_Atomic int wakes, forgets, attends;
	struct carrier *_Atomic woken; /* by the last of .wakes */
	void (*on_wake)(void);	       /* called by a wake, unless NULL */
	_Atomic int forgot;	       /* by the last of .forgets */
} fake;

/* The fake engine in force, and counts at 0; and the state before main(). */
void fake_up(void);
void fake_down(void);

/* For the inside of long loops: Check notes every assertion that holds. */
#define WANT(e)                                  \
	do {                                     \
		if (!(e))                        \
			ck_abort_msg("not " #e); \
	} while (0)

/* A small generator: the same numbers on every run. */
static inline uint32_t rnd(uint32_t *s)
{
	*s ^= *s << 13;
	*s ^= *s >> 17;
	*s ^= *s << 5;
	return *s;
}

#endif
