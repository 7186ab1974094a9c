/*
 * lock.h - what lock.c and lock_more.c share
 */
#ifndef SHIM_LOCK_H
#define SHIM_LOCK_H

#include "shim/intern.h"

/* A mutex that is libc's and the kernel's alone: see lock.c. */
bool mutex_apart(const pthread_mutex_t *m);

int mutex_wait(pthread_mutex_t *m, int64_t deadline);

#endif
