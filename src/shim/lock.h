/*
 * lock.h - what lock.c, lock_rwlock.c and lock_more.c share
 */
#ifndef SHIM_LOCK_H
#define SHIM_LOCK_H

#include "shim/intern.h"

/* A mutex that is libc's and the kernel's alone: see lock.c. */
bool mutex_apart(const pthread_mutex_t *m);

int mutex_wait(pthread_mutex_t *m, const struct limit *l);

/* What libc refuses. */
static inline bool bad_clock(clockid_t clock)
{
	return clock != CLOCK_REALTIME && clock != CLOCK_MONOTONIC;
}

static inline bool bad_time(const struct timespec *abs)
{
	return abs->tv_nsec < 0 || abs->tv_nsec > 999999999;
}

#endif
