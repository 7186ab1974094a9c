/*
 * home.c - what blocks and has no form that can be waited for
 *
 * It is done by libc, at home; and system calls by number are.  What waits for
 * nothing but a disk is done wherever the thread is, but it is a cancellation
 * point, and libc's own are for a thread at home.
 */
#include "shim/intern.h"

#include <linux/sched.h>
#include <sys/syscall.h>

#define HOME(type, name, params, args)  \
	EXPORT type name params         \
	{                               \
		shim_go_home();         \
		return real(name) args; \
	}

/* --- queues and semaphores of the system's, asynchronous files ----------------------- */

HOME(ssize_t, mq_receive, (mqd_t q, char *buf, size_t n, unsigned *prio),
     (q, buf, n, prio))
HOME(ssize_t, mq_timedreceive,
     (mqd_t q, char *buf, size_t n, unsigned *prio, const struct timespec *abs),
     (q, buf, n, prio, abs))
HOME(int, mq_send, (mqd_t q, const char *buf, size_t n, unsigned prio),
     (q, buf, n, prio))
HOME(int, mq_timedsend,
     (mqd_t q, const char *buf, size_t n, unsigned prio,
      const struct timespec *abs),
     (q, buf, n, prio, abs))
HOME(ssize_t, msgrcv, (int q, void *msg, size_t n, long type, int flags),
     (q, msg, n, type, flags))
HOME(int, msgsnd, (int q, const void *msg, size_t n, int flags),
     (q, msg, n, flags))
HOME(int, semop, (int set, struct sembuf *ops, size_t n), (set, ops, n))
HOME(int, semtimedop,
     (int set, struct sembuf *ops, size_t n, const struct timespec *ts),
     (set, ops, n, ts))

HOME(int, aio_suspend,
     (const struct aiocb *const list[], int n, const struct timespec *ts),
     (list, n, ts))
HOME(int, aio_suspend64,
     (const struct aiocb64 *const list[], int n, const struct timespec *ts),
     (list, n, ts))
HOME(int, lio_listio,
     (int mode, struct aiocb *const list[], int n, struct sigevent *ev),
     (mode, list, n, ev))
HOME(int, lio_listio64,
     (int mode, struct aiocb64 *const list[], int n, struct sigevent *ev),
     (mode, list, n, ev))

HOME(int, gai_suspend,
     (const struct gaicb *const list[], int n, const struct timespec *ts),
     (list, n, ts))

/* --- the resolver: waits for name servers inside libc --------------------------------- */

static bool numeric(const char *node, const struct addrinfo *hints)
{
	return !node || (hints && hints->ai_flags & AI_NUMERICHOST);
}

EXPORT int getaddrinfo(const char *node, const char *service,
		       const struct addrinfo *hints, struct addrinfo **res)
{
	if (!numeric(node, hints))
		shim_go_home();
	return real(getaddrinfo)(node, service, hints, res);
}

HOME(int, getnameinfo,
     (const struct sockaddr *sa, socklen_t len, char *host, socklen_t nhost,
      char *service, socklen_t nservice, int flags),
     (sa, len, host, nhost, service, nservice, flags))
HOME(struct hostent *, gethostbyname, (const char *name), (name))
HOME(struct hostent *, gethostbyname2, (const char *name, int af), (name, af))
HOME(struct hostent *, gethostbyaddr, (const void *addr, socklen_t len, int af),
     (addr, len, af))
HOME(int, gethostbyname_r,
     (const char *name, struct hostent *ret, char *buf, size_t n,
      struct hostent **res, int *err),
     (name, ret, buf, n, res, err))
HOME(int, gethostbyname2_r,
     (const char *name, int af, struct hostent *ret, char *buf, size_t n,
      struct hostent **res, int *err),
     (name, af, ret, buf, n, res, err))
HOME(int, gethostbyaddr_r,
     (const void *addr, socklen_t len, int af, struct hostent *ret, char *buf,
      size_t n, struct hostent **res, int *err),
     (addr, len, af, ret, buf, n, res, err))

/* --- files ------------------------------------------------------------------------------- */

EXPORT int flock(int fd, int op)
{
	if (!(op & LOCK_NB))
		shim_go_home();
	return real(flock)(fd, op);
}

EXPORT int lockf(int fd, int cmd, off_t len)
{
	if (cmd == F_LOCK)
		shim_go_home();
	return real(lockf)(fd, cmd, len);
}

EXPORT int lockf64(int fd, int cmd, off64_t len)
{
	if (cmd == F_LOCK)
		shim_go_home();
	return real(lockf64)(fd, cmd, len);
}

#define POINT(type, name, params, args) \
	EXPORT type name params         \
	{                               \
		cancel_point();         \
		return real(name) args; \
	}

#define PREAD(name, params, args, n)    \
	EXPORT ssize_t name params      \
	{                               \
		cancel_point();         \
		fd_long_read(fd, n);    \
		return real(name) args; \
	}

PREAD(pread, (int fd, void *buf, size_t n, off_t at), (fd, buf, n, at), n)
PREAD(pread64, (int fd, void *buf, size_t n, off64_t at), (fd, buf, n, at), n)
PREAD(__pread64, (int fd, void *buf, size_t n, off64_t at), (fd, buf, n, at), n)
PREAD(__pread_chk, (int fd, void *buf, size_t n, off_t at, size_t room),
      (fd, buf, n, at, room), n)
PREAD(__pread64_chk, (int fd, void *buf, size_t n, off64_t at, size_t room),
      (fd, buf, n, at, room), n)
PREAD(preadv, (int fd, const struct iovec *v, int n, off_t at), (fd, v, n, at),
      OP_MAX)
PREAD(preadv64, (int fd, const struct iovec *v, int n, off64_t at),
      (fd, v, n, at), OP_MAX)
POINT(int, fsync, (int fd), (fd))
POINT(int, fdatasync, (int fd), (fd))
POINT(int, msync, (void *at, size_t n, int flags), (at, n, flags))

/* These may have a file grow: a limit to that raises a signal. */
#define GROWS(type, name, params, args)                \
	EXPORT type name params                        \
	{                                              \
		type r;                                \
                                                       \
		cancel_point();                        \
		r = real(name) args;                   \
		return too_big(r) ? real(name) args : r; \
	}

GROWS(ssize_t, pwrite, (int fd, const void *buf, size_t n, off_t at),
      (fd, buf, n, at))
GROWS(ssize_t, pwrite64, (int fd, const void *buf, size_t n, off64_t at),
      (fd, buf, n, at))
GROWS(ssize_t, pwritev, (int fd, const struct iovec *v, int n, off_t at),
      (fd, v, n, at))
GROWS(ssize_t, pwritev64, (int fd, const struct iovec *v, int n, off64_t at),
      (fd, v, n, at))
GROWS(ssize_t, __pwrite64, (int fd, const void *buf, size_t n, off64_t at),
      (fd, buf, n, at))
/* The same, of those that are no cancellation points. */
#define LENGTH(name, params, args)                       \
	EXPORT int name params                           \
	{                                                \
		int r = real(name) args;                 \
                                                         \
		return too_big(r) ? real(name) args : r; \
	}

LENGTH(truncate, (const char *path, off_t n), (path, n))
LENGTH(truncate64, (const char *path, off64_t n), (path, n))
LENGTH(ftruncate, (int fd, off_t n), (fd, n))
LENGTH(ftruncate64, (int fd, off64_t n), (fd, n))

/* A signal, also one of ours to a carrier, ends these midway. */
HOME(int, fallocate, (int fd, int mode, off_t at, off_t n), (fd, mode, at, n))
HOME(int, fallocate64, (int fd, int mode, off64_t at, off64_t n),
     (fd, mode, at, n))
HOME(int, posix_fallocate, (int fd, off_t at, off_t n), (fd, at, n))
HOME(int, posix_fallocate64, (int fd, off64_t at, off64_t n), (fd, at, n))
HOME(ssize_t, copy_file_range,
     (int in, off64_t *in_at, int out, off64_t *out_at, size_t n,
      unsigned flags),
     (in, in_at, out, out_at, n, flags))

/* A short one is never cut: see random(7). */
EXPORT ssize_t getrandom(void *buf, size_t n, unsigned flags)
{
	if (n > 256)
		shim_go_home();
	return real(getrandom)(buf, n, flags);
}

/* --- terminals: one in the background is stopped for what it does to them ------------------ */

HOME(int, tcdrain, (int fd), (fd))
HOME(int, tcsetattr, (int fd, int when, const struct termios *t), (fd, when, t))
HOME(int, tcsetpgrp, (int fd, pid_t group), (fd, group))
HOME(int, tcflush, (int fd, int queue), (fd, queue))
HOME(int, tcflow, (int fd, int action), (fd, action))
HOME(int, tcsendbreak, (int fd, int ms), (fd, ms))

/* Waits for a file lock, and has a signal end that. */
HOME(int, lckpwdf, (void), ())

/* --- a program with a loop of its own keeps it --------------------------------------------- */

EXPORT int epoll_wait(int ep, struct epoll_event *ev, int n, int timeout)
{
	if (timeout || atomic_load_explicit(&signals_by_fd,
					    memory_order_relaxed))
		shim_go_home();
	return real(epoll_wait)(ep, ev, n, timeout);
}

/* With a signal mask to be in force meanwhile. */
#define HOME_LENT(type, name, params, args) \
	EXPORT type name params             \
	{                                   \
		type r;                     \
                                            \
		shim_go_home();             \
		mask_lent(mask);            \
		r = real(name) args;        \
		mask_back();                \
		return r;                   \
	}

HOME_LENT(int, epoll_pwait,
     (int ep, struct epoll_event *ev, int n, int timeout, const sigset_t *mask),
     (ep, ev, n, timeout, mask))
HOME_LENT(int, epoll_pwait2,
     (int ep, struct epoll_event *ev, int n, const struct timespec *ts,
      const sigset_t *mask),
     (ep, ev, n, ts, mask))

/* --- by number ------------------------------------------------------------------------------ */

/* Is it the same wherever it is made, and does not wait?  Futexes are woken
   often: std::atomic, libgomp. */
static bool anywhere(long nr, const long *a)
{
	switch (nr) {
	case SYS_getrandom:
		return a[1] >= 0 && a[1] <= 256;	/* never cut: random(7) */
	case SYS_getcpu:
	case SYS_membarrier:
		return true;
	case SYS_futex:
		switch (a[1] & 127) {
		case 1:	 /* FUTEX_WAKE */
		case 3:	 /* FUTEX_REQUEUE */
		case 4:	 /* FUTEX_CMP_REQUEUE */
		case 5:	 /* FUTEX_WAKE_OP */
		case 10: /* FUTEX_WAKE_BITSET */
			return true;
		}
	}
	return false;
}

/* Calls that must be seen: they close, or change what is known of, a
   descriptor or the caller.  False if nr is none of them. */
static bool ours(long nr, const long *a, long *r)
{
	switch (nr) {
	case SYS_gettid:
		*r = gettid();
		return true;
	case SYS_close:
		*r = close((int)a[0]);
		return true;
	case SYS_close_range:
		*r = close_range((unsigned)a[0], (unsigned)a[1], (int)a[2]);
		return true;
	case SYS_dup:
		*r = dup((int)a[0]);
		return true;
	case SYS_dup2:
		*r = dup2((int)a[0], (int)a[1]);
		return true;
	case SYS_dup3:
		*r = dup3((int)a[0], (int)a[1], (int)a[2]);
		return true;
	case SYS_fcntl:
		*r = fcntl((int)a[0], (int)a[1], a[2]);
		return true;
	case SYS_ioctl:
		*r = ioctl((int)a[0], (unsigned long)a[1], a[2]);
		return true;
	case SYS_vfork:
		*r = vfork_as_fork();
		return true;
	case SYS_prctl:
		*r = prctl((int)a[0], a[1], a[2], a[3], a[4]);
		return true;
	}
	return false;
}

/* A raw call that made descriptors, or one: r. */
static void note_made(long nr, const long *a, long r)
{
	switch (nr) {
	case SYS_pipe:
	case SYS_pipe2:
		fd_new(((int *)a[0])[0]);
		fd_new(((int *)a[0])[1]);
		break;
	case SYS_socketpair:
		fd_new(((int *)a[3])[0]);
		fd_new(((int *)a[3])[1]);
		break;
	case SYS_open:
	case SYS_openat:
	case SYS_openat2:
	case SYS_open_by_handle_at:
	case SYS_creat:
	case SYS_socket:
	case SYS_accept:
	case SYS_accept4:
	case SYS_eventfd:
	case SYS_eventfd2:
	case SYS_timerfd_create:
	case SYS_signalfd:
	case SYS_signalfd4:
	case SYS_epoll_create:
	case SYS_epoll_create1:
	case SYS_inotify_init:
	case SYS_inotify_init1:
	case SYS_fanotify_init:
	case SYS_memfd_create:
	case SYS_perf_event_open:
	case SYS_pidfd_open:
	case SYS_pidfd_getfd:
	case SYS_mq_open:
		fd_new((int)r);
		break;
	}
}

/* Is it a process that is asked for, on a copy of the caller's stack, at most
   with its own namespaces? */
static bool is_fork(uint64_t flags, uint64_t stack)
{
	return !stack && !(flags & (CLONE_VM | CLONE_THREAD));
}

/* A child that libc does not know of: clone() as fork() uses it. */
static bool forks(long nr, const long *a)
{
	const struct clone_args *c = (const void *)a[0];

	switch (nr) {
	case SYS_fork:
		return true;
	case SYS_clone:
		return is_fork((uint64_t)a[0], (uint64_t)a[1]);
	case SYS_clone3:
		return c && (size_t)a[1] >= CLONE_ARGS_SIZE_VER0 &&
		       readable(c, CLONE_ARGS_SIZE_VER0) &&
		       is_fork(c->flags, c->stack);
	default:
		return false;
	}
}

/* Of a fork: has the child the table of descriptors in common with us? */
static bool shares_fds(long nr, const long *a)
{
	const struct clone_args *c = (const void *)a[0];

	return (nr == SYS_clone && a[0] & CLONE_FILES) ||
	       (nr == SYS_clone3 && c->flags & CLONE_FILES);
}

EXPORT long syscall(long nr, ...)
{
	long a[6], r;
	va_list ap;
	bool forked;

	va_start(ap, nr);
	for (int i = 0; i < 6; i++)
		a[i] = va_arg(ap, long);
	va_end(ap);
	if (ours(nr, a, &r))
		return r;
	if (!anywhere(nr, a)) {
		shim_go_home();
		thread_raw(nr, a);
	}
	forked = shim_met() && forks(nr, a);
	if (forked)
		shim_before_fork();
	r = real(syscall)(nr, a[0], a[1], a[2], a[3], a[4], a[5]);
	if (r == 0 && forked) {
		ring_shares_fds = shares_fds(nr, a);
		shim_after_fork();
	} else if (r >= 0) {
		note_made(nr, a, r);
		sent_raw(nr, a);
	}
	return r;
}
