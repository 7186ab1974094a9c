/*
 * late - a library to preload: whoever makes a thread comes late
 *
 * The thread may be long gone when pthread_create() returns, as it is with a
 * creator that the kernel keeps from the CPU at the wrong time: that waits here
 * until the thread's kernel thread has ended, for PATIENCE at most.  And the thread
 * waits for a moment before it runs what it was made for.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define PATIENCE 200	/* ms */

struct job {
	void *(*fn)(void *);
	void *arg;
	_Atomic int tid;
};

static const struct timespec ms = { .tv_nsec = 1000000 };

static void *begin(void *arg)
{
	struct job *j = arg, my = *j;

	j->tid = gettid();	/* the creator's from here on */
	nanosleep(&ms, NULL);
	return my.fn(my.arg);
}

static int gone(int tid)
{
	return tid && tgkill(getpid(), tid, 0) != 0;
}

int pthread_create(pthread_t *t, const pthread_attr_t *attr,
		   void *(*fn)(void *), void *arg)
{
	struct job *j = malloc(sizeof(*j));
	int (*real)(pthread_t *, const pthread_attr_t *, void *(*)(void *),
		    void *) = dlsym(RTLD_NEXT, "pthread_create");
	int r;

	if (!j)
		return EAGAIN;
	*j = (struct job){ fn, arg, 0 };
	r = real(t, attr, begin, j);
	for (int n = 0; r == 0 && n < PATIENCE && !gone(j->tid); n++)
		nanosleep(&ms, NULL);
	if (r || j->tid)
		free(j);
	return r;
}
