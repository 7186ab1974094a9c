/*
 * tls.h - thread-local state of a recycled thread: tls.c
 */
#ifndef SHIM_TLS_H
#define SHIM_TLS_H

#include <stdbool.h>

/* Once, before there are threads.  False if threads can't be made as new. */
bool tls_init(void);

/* Can the calling thread's state be reset? */
bool tls_can_reset(void);

/* The destructors of C++ thread_local objects; those of pthread keys, up to
   PTHREAD_DESTRUCTOR_ITERATIONS rounds.  By a thread that ends. */
void tls_run_destructors(void);
void tsd_run_destructors(void);

/* Make all thread-local state what a new thread has.  False, and nothing is
   done, while somebody forks. */
bool tls_reset(void);

/* Around a fork: nobody else is in the loader meanwhile.  child is true in the
   child. */
void tls_fork_begin(void);
void tls_fork_end(bool child);
void reset_errno(void);

#endif
