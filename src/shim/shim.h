/*
 * shim.h - what the interposers share
 *
 * src/shim knows libc and no kernel interface beyond it.  Every interposer
 * is a function with libc's own name, marked EXPORT, that decides whether
 * the call is one that ring can wait for; if not it is real(name)(...).
 * symbols.def is the one list of them.
 */
#ifndef SHIM_SHIM_H
#define SHIM_SHIM_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <aio.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <mqueue.h>
#include <netdb.h>
#include <linux/capability.h>
#include <poll.h>
#include <pty.h>
#include <pthread.h>
#include <pty.h>
#include <sched.h>
#include <semaphore.h>
#include <setjmp.h>
#include <signal.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/fanotify.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/fsuid.h>
#include <sys/io.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/select.h>
#include <sys/sem.h>
#include <sys/sendfile.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <termios.h>
#include <threads.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>
#include <utmp.h>
#include <shadow.h>
#include <wordexp.h>

#include "ring/ring.h"

#define EXPORT __attribute__((visibility("default")))

#include "shim/protos.h"	/* what libc exports and declares nowhere */

/* some of what we stand in front of is deprecated, and used */
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"

/* --- the real functions (libc.c) ---------------------------------------- */

enum sym {
#define SYM(name) SYM_##name,
#define VSYM(name, version) SYM_##name,
#include "shim/symbols.def"
#undef SYM
#undef VSYM
	SYMS
};

#define SYM(name) extern __typeof__(&name) real_##name;
#define VSYM(name, version) extern __typeof__(&name) real_##name;
#include "shim/symbols.def"
#undef SYM
#undef VSYM

/* libc's own function: real(read)(fd, buf, len).  Bound at load, or here if
   somebody's constructor calls before ours has run.  Any thread. */
#define real(name) (*(likely(real_##name != NULL) ? real_##name : \
		      (__typeof__(&name))shim_bind(SYM_##name)))
void *shim_bind(enum sym s);

/* The same, even where another library is between libc and us; NULL if the program's
   libc has another name.  In constructors. */
void *libc_own(const char *name);

/* --- state (conf.c, libc.c) ---------------------------------------------- */

/* The shim is in use: threads that the program makes may leave home.  False
   under RING_SHIM_ENGINE=off and where there is no engine.  ring_up says
   that it has started. */
extern bool shim_on;

/* It has been, and has stepped aside for good (leave.c): then all is libc's, but
   those who are parked by address, and records there are, are still ours. */
extern _Atomic bool shim_over;

static inline bool shim_met(void)
{
	return shim_on || atomic_load_explicit(&shim_over,
					       memory_order_relaxed);
}

extern struct ring_conf shim_conf;
extern bool shim_verbose;

/* Threads there must be before any of them leaves home. */
extern int shim_min_threads;

void conf_init(void);		/* reads the environment; see conf.c */

/* libc's pthread_join(), at home, but no cancellation point. */
int join_only(pthread_t t, void **result);

/* A kernel thread of ours, to be joined or detached.  As pthread_create(). */
int spawn_own(pthread_t *t, void *(*fn)(void *), void *arg);
bool aside(void);		/* is the program one to leave alone? */
void say(const char *fmt, ...)	/* one line on stderr, if verbose */
	__attribute__((format(printf, 1, 2)));
void warn(const char *fmt, ...)	/* one line on stderr, always */
	__attribute__((format(printf, 1, 2)));

/* --- attention: signals and cancellation (signal.c, thread.c) ------------ */

/* The end of a call: -errno becomes errno and -1. */
static inline ssize_t edge(ssize_t res)
{
	if (unlikely(res < 0)) {
		errno = (int)-res;
		return -1;
	}
	return res;
}

/* The other way: what a call of libc's has returned, as a count or -errno. */
static inline ssize_t result(ssize_t r)
{
	return r < 0 ? -errno : r;
}

/*
 * Attend to what thread_interrupt() announced: run the handlers of signals
 * that came while the caller was away (it is at home afterwards), and
 * forget the announcement.  True if a handler ran that was installed
 * without SA_RESTART, so that the call at hand must end with EINTR; for
 * calls that are restarted or never end with EINTR the result is ignored.
 */
bool shim_attend(void);

/* Something to attend to?  A load; to be asked at the start of every call
   that may wait, and after every wait that ended with -EINTR. */
static inline bool shim_attention(void)
{
	extern __thread struct thread *ring_self
		__attribute__((tls_model("initial-exec")));

	return unlikely(ring_self && atomic_load_explicit(
				&ring_self->attention, memory_order_relaxed));
}

/* A cancellation point: if the caller has been cancelled and has not
   disabled it, go home and unwind from here (does not return); else
   nothing, and cheap. */
void shim_testcancel(void);

/* The same before what libc does for us, if the caller may be away. */
static inline void cancel_point(void)
{
	if (shim_attention())
		shim_testcancel();
}

/* How long a call may wait: until abs by clock, which somebody may set meanwhile;
   or as long as it takes. */
struct limit {
	clockid_t clock;
	bool any;
	struct timespec abs;
};

#define NO_LIMIT (struct limit){ 0 }

/* abs NULL: no limit. */
struct limit limit_at(clockid_t clock, const struct timespec *abs);

/* What it is now as a deadline of ring's; FOREVER for none, and -EINVAL
   (negative) if tv_nsec is out of range. */
int64_t limit_deadline(const struct limit *l);

/* r is what a wait until limit_deadline() has come to: is the limit passed? */
bool limit_passed(const struct limit *l, int r);

#endif
