/*
 * wait.c - what to do when a call blocks; poll and select
 *
 * op_call() is where every blocking call on a descriptor comes together:
 * it is a cancellation point, it runs the handlers of signals that came
 * while the thread was away, and it decides, as signal(7) has it for the
 * call at hand, whether the call goes on or ends with EINTR.
 *
 * poll() and select() are asked for real first, without waiting; only if
 * nothing is ready is each descriptor armed, and when one of them fires (or
 * the time is up) the real call says what there is to say.  So results are
 * the kernel's.  More descriptors than SET_MAX are waited for at home.
 */
#include "shim/intern.h"

#include <sys/syscall.h>

#define SET_MAX 16	/* ops of a poll live on the thread's stack: 100 B each */

static int64_t deadline_in(int64_t ns)
{
	int64_t now = now_ns();

	return ns > FOREVER - now ? FOREVER : now + ns;
}

/*
 * A part has gone, or an earlier message, or a duplicate is held: a handler ends the
 * call, though libc's, for what is left, would begin again, and with the duplicate.
 * 0: ready; else the call's result.  Not in a retreat, when poll() may be forbidden.
 */
static ssize_t await_at_home(const struct op *op)
{
	struct pollfd p = { .fd = op->fd, .events = (short)op->events };
	enum verdict v = NO_HANDLER;

	while (v == NO_HANDLER && !atomic_load(&ring_over)) {
		if (real(poll)(&p, 1, -1) >= 0)
			return 0;
		if (op->done)
			return (ssize_t)op->done;
		v = attend();
		shim_testcancel();
	}
	return v == NO_HANDLER	     ? 0 :
	       v == HANDLERS_RESTART ? -ERESTART :
				       -EINTR;
}

/* libc's call, for what is left. */
static ssize_t rest_by_libc(struct op *op, int64_t timeout, by_libc *libc)
{
	int saved = errno;
	ssize_t r = 0;

	/* the retreat has closed what was held */
	if (op->held && atomic_load(&ring_over))
		op->fd = op->held - 1;
	if ((op->done || op->held) && !timeout)
		r = await_at_home(op);
	if (r) {
		errno = saved;
		return r;
	}
	op->hints |= OP_RAISES;
	r = libc(op);
	if (r < 0)
		r = op->done ? 0 : -errno;
	errno = saved;
	return r < 0 ? r : r + (ssize_t)op->done;
}

/* Everybody goes home, or this call can't be waited for elsewhere: it goes on there,
   and with the file that it has begun with. */
static ssize_t finish_by_libc(struct op *op, int64_t timeout, by_libc *libc)
{
	bool adopts = op->hints & OP_OWNFD && !atomic_load(&ring_over);
	struct op_held h;
	ssize_t r;

	if (likely(!(op->hints & OP_OWNFD))) {
		shim_go_home();
		return rest_by_libc(op, timeout, libc);
	}
	if (adopts)
		op_adopt(&h, op);
	shim_go_home();
	if (atomic_load(&ring_over))
		op->fd = op->given;
	r = rest_by_libc(op, timeout, libc);
	if (adopts)
		let_go_of(&h);
	op->fd = op->given;
	return r;
}

/* A call that begins again, after a handler, sees what has been set meanwhile. */
static bool blocks_no_more(const struct op *op)
{
	int name = op->events & POLLIN ? SO_RCVTIMEO : SO_SNDTIMEO;
	struct timeval limit = { 0 };
	socklen_t len = sizeof(limit);
	int flags = 0, saved = errno;

	if (own_begin()) {
		flags = real(fcntl)(op->fd, F_GETFL);
		getsockopt(op->fd, SOL_SOCKET, name, &limit, &len);
		own_end();
	}
	errno = saved;
	return (flags > 0 && flags & O_NONBLOCK) || limit.tv_sec ||
	       limit.tv_usec;
}

/*
 * A handler has run, and the call goes on, or begins, after that.  True if it does so
 * otherwise, with *r: what is held is not what the number means by now, nor is it there
 * in the child of a handler that has forked; or the call waits no more.
 */
static bool begins_anew(struct op *op, enum restart restart, by_libc *libc,
			ssize_t *r)
{
	if (op->held || restart == RESTART_ANEW)
		*r = -ERESTART;
	else if (restart == NO_RESTART || !blocks_no_more(op))
		return false;
	else
		*r = libc == by_nothing ? -EAGAIN : finish_by_libc(op, 0, libc);
	return true;
}

ssize_t op_call(struct op *op, int64_t timeout, enum restart restart,
		by_libc *libc)
{
	int64_t deadline = timeout ? deadline_in(timeout) : FOREVER;
	ssize_t r;

	/* what it is to be has been decided before that */
	if (unlikely(shim_attention()) && !op->later &&
	    attend() != NO_HANDLER && begins_anew(op, restart, libc, &r))
		return r;
	for (;;) {
		enum verdict v;

		shim_testcancel();
		if (unlikely(atomic_load_explicit(&ring_over,
						  memory_order_relaxed) ||
			     !thread_self()))
			return finish_by_libc(op, timeout, libc);
		r = op_await(op, deadline);
		if (likely(r != -EINTR &&
			   !(op->hints & (OP_CUT | OP_LIBCS)))) {
			attend_late();
			return r;
		}
		if (op->hints & OP_LIBCS)
			return finish_by_libc(op, timeout, libc);
		v = attend();
		/* a handler may have cancelled its own thread */
		shim_testcancel();
		if (v == HANDLER_INTERRUPTS ||
		    (v == HANDLERS_RESTART &&
		     (restart == NO_RESTART || op->hints & OP_CUT)))
			return r;
		op->hints &= (uint16_t)~OP_CUT;
		if (v == HANDLERS_RESTART && begins_anew(op, restart, libc, &r))
			return r;
	}
}

/* --- poll ------------------------------------------------------------------- */

bool readable(const void *p, size_t len)
{
	/* takes 8 bytes, and then refuses its first argument; those that begin at a
	   multiple of 8 are on one page */
	long nr = SYS_rt_sigprocmask;
	uintptr_t first = (uintptr_t)p & ~(uintptr_t)7;
	uintptr_t last = ((uintptr_t)p + len - 1) & ~(uintptr_t)7;
	int saved = errno;
	bool ok;

	if (!p || !len)
		return true;
	if (!own_begin())
		return false;
	real(syscall)(nr, -1, first, NULL, 8);
	ok = errno != EFAULT;
	if (ok && last != first) {
		real(syscall)(nr, -1, last, NULL, 8);
		ok = errno != EFAULT;
	}
	own_end();
	errno = saved;
	return ok;
}

/* Urgent data wakes a poll of io_uring's only if it asks for POLLIN as well
   (seen on Linux 6.18). */
static bool urgent_alone(int events)
{
	return (events & (POLLPRI | POLLIN)) == POLLPRI;
}

/* Is one among these whose answer depends on who asks?  (Of more than SET_MAX none
   is, that would be looked for: they are waited for at home.) */
static bool any_for_home(const struct pollfd *p, nfds_t n)
{
	for (nfds_t i = 0; i < n && n <= SET_MAX; i++)
		if (p[i].fd >= 0 && p[i].events && fd_is_for_home(p[i].fd))
			return true;
	return false;
}

/* Can all of these be waited for away? */
static bool pollable(struct pollfd *p, nfds_t n)
{
	if (n > SET_MAX)
		return false;
	for (nfds_t i = 0; i < n; i++) {
		if (p[i].fd >= 0 && ring_owns_fd(p[i].fd))
			return false;
		if (urgent_alone(p[i].events))
			return false;
		fd_touch(p[i].fd);
	}
	return true;
}

static int arm_set(struct op *ops, const struct pollfd *p, nfds_t n)
{
	int k = 0;

	for (nfds_t i = 0; i < n; i++) {
		if (p[i].fd < 0)
			continue;
		ops[k++] = (struct op){
			.kind = OP_POLL,
			.fd = p[i].fd,
			.events = (uint16_t)(p[i].events),
		};
	}
	return k;
}

/* Wait until one of the set is ready.  >= 0, -ETIMEDOUT or -EINTR. */
static int await_set(struct pollfd *p, nfds_t n, int64_t deadline)
{
	struct op ops[SET_MAX];
	int k = arm_set(ops, p, n);

	if (k == 0)
		return thread_sleep(deadline) ?: -ETIMEDOUT;
	return op_await_any(ops, k, deadline);
}

/* What is left until deadline, at least 0; NULL for FOREVER. */
static struct timespec *left_until(int64_t deadline, struct timespec *ts)
{
	int64_t left = deadline - now_ns();

	if (deadline == FOREVER)
		return NULL;
	if (left < 0)
		left = 0;
	*ts = (struct timespec){ left / 1000000000, left % 1000000000 };
	return ts;
}

/* The ops' own answer may be an error that poll() does not give (a kind of
   file the engine does not know): then it is a matter for home.  So it is if
   there is no engine any more, by the very call that it is: fine if with ns. */
static int poll_home(struct pollfd *p, nfds_t n, int64_t deadline, bool fine)
{
	struct timespec ts, *left;

	shim_go_home();
	left = left_until(deadline, &ts);
	if (fine)
		return real(ppoll)(p, n, left, NULL);
	return real(poll)(p, n, left ? (int)(left->tv_sec * 1000 +
					     (left->tv_nsec + 999999) / 1000000) :
				       -1);
}

/*
 * poll() and select() that do not wait.  A signal that comes while they look, also one
 * of ours to a carrier, makes the kernel say EINTR if nothing is ready: again.
 */
int poll_once(struct pollfd *p, nfds_t n)
{
	int saved = errno, r;

	do {
		r = real(poll)(p, n, 0);
	} while (unlikely(r < 0 && errno == EINTR));
	if (r >= 0)
		errno = saved;
	return r;
}

/* poll() without waiting; OVER: there is no engine any more. */
#define OVER (-2)

static int poll_now(struct pollfd *p, nfds_t n)
{
	int r = OVER;

	if (own_begin()) {
		r = poll_once(p, n);
		own_end();
	}
	return r;
}

static bool over(void)
{
	return unlikely(atomic_load_explicit(&ring_over, memory_order_relaxed));
}

/* timeout in ns, FOREVER for none; fine: of ppoll(). */
static int poll_(struct pollfd *p, nfds_t n, int64_t timeout, bool fine)
{
	int64_t deadline = deadline_in(timeout);
	int r;

	attend_first();
	shim_testcancel();
	for (;;) {
		r = poll_now(p, n);
		if (unlikely(r == OVER))
			return poll_home(p, n, deadline, fine);
		/* the kernel has read the set, so it can be */
		if (r >= 0 && (!r || thread_is_away()) &&
		    unlikely(any_for_home(p, n)))
			return poll_home(p, n, deadline, fine);
		if (r || timeout == 0)
			return r;
		if (!pollable(p, n))
			return poll_home(p, n, deadline, fine);
		r = await_set(p, n, deadline);
		if (r == -EINTR) {
			/* what came before the signal counts */
			int ready = poll_now(p, n);
			enum verdict v = attend();

			shim_testcancel();
			if (ready > 0)
				return ready;
			if (v == NO_HANDLER)
				continue;
			errno = EINTR;
			return -1;
		}
		if (r == -ETIMEDOUT) {
			r = poll_now(p, n);
			return r == OVER ? poll_home(p, n, deadline, fine) : r;
		}
		if (r < 0)
			return poll_home(p, n, deadline, fine);
	}
}

EXPORT int poll(struct pollfd *p, nfds_t n, int timeout)
{
	if (!ring_up || thread_stays_home())
		return real(poll)(p, n, timeout);
	return poll_(p, n, timeout < 0 ? FOREVER :
					 (int64_t)timeout * 1000000,
		     false);
}

EXPORT int __poll(struct pollfd *p, nfds_t n, int timeout)
{
	return poll(p, n, timeout);
}

EXPORT int __poll_chk(struct pollfd *p, nfds_t n, int timeout, size_t room)
{
	if (room / sizeof(*p) < n)
		return real(__poll_chk)(p, n, timeout, room);
	return poll(p, n, timeout);
}

static bool bad_timespec(const struct timespec *ts)
{
	return ts->tv_sec < 0 || ts->tv_nsec < 0 || ts->tv_nsec > 999999999;
}

static int64_t ns_of(const struct timespec *ts)
{
	if (ts->tv_sec > FOREVER / 1000000000 - 1)
		return FOREVER;
	return ts->tv_sec * INT64_C(1000000000) + ts->tv_nsec;
}

/* With a signal mask to be in force meanwhile it is a matter for home. */
EXPORT int ppoll(struct pollfd *p, nfds_t n, const struct timespec *ts,
		 const sigset_t *mask)
{
	int r;

	if (!ring_up || mask || thread_stays_home() ||
	    (ts && bad_timespec(ts))) {
		shim_go_home();
		mask_lent(mask);
		r = real(ppoll)(p, n, ts, mask);
		mask_back();
		return r;
	}
	return poll_(p, n, ts ? ns_of(ts) : FOREVER, true);
}

EXPORT int __ppoll_chk(struct pollfd *p, nfds_t n, const struct timespec *ts,
		       const sigset_t *mask, size_t room)
{
	if (room / sizeof(*p) < n)
		return real(__ppoll_chk)(p, n, ts, mask, room);
	return ppoll(p, n, ts, mask);
}

/* --- select ------------------------------------------------------------------ */

/* select()'s idea of readable, writable, exceptional: fs/select.c */
#define SEL_IN (POLLIN | POLLRDNORM | POLLRDBAND | POLLHUP | POLLERR)
#define SEL_OUT (POLLOUT | POLLWRNORM | POLLWRBAND | POLLERR)

/* The members of the sets, as poll has them; -1 if there are more than room
   for, or some are none of the program's. */
static int members(int n, const fd_set *in, const fd_set *out,
		   const fd_set *ex, struct pollfd *p)
{
	int k = 0;

	for (int fd = 0; fd < n; fd++) {
		int events = (in && FD_ISSET(fd, in) ? POLLIN : 0) |
			     (out && FD_ISSET(fd, out) ? POLLOUT : 0) |
			     (ex && FD_ISSET(fd, ex) ? POLLPRI : 0);

		if (!events)
			continue;
		if (k == SET_MAX || ring_owns_fd(fd) || urgent_alone(events) ||
		    fd_is_for_home(fd))
			return -1;
		fd_touch(fd);
		p[k++] = (struct pollfd){ .fd = fd, .events = (short)events };
	}
	return k;
}

struct sets {
	int n;
	fd_set *in, *out, *ex;
};

/* The sets are as they were if it fails. */
static int select_now(const struct sets *s)
{
	struct timeval zero = { 0 };
	int saved = errno, r;

	do {
		r = real(select)(s->n, s->in, s->out, s->ex, &zero);
	} while (unlikely(r < 0 && errno == EINTR));
	if (r >= 0)
		errno = saved;
	return r;
}

static int select_home(const struct sets *s, int64_t deadline)
{
	struct timespec ts, *left;

	shim_go_home();
	left = left_until(deadline, &ts);
	return real(pselect)(s->n, s->in, s->out, s->ex, left, NULL);
}

static void copy_set(fd_set *to, const fd_set *from, int n)
{
	if (from)
		memcpy(to, from, (size_t)(n + 63) / 64 * 8);
}

static void restore_sets(fd_set *const *sets, char (*keep)[FD_SETSIZE / 8],
			 size_t bytes)
{
	for (int i = 0; i < 3; i++)
		if (sets[i])
			memcpy(sets[i], keep[i], bytes);
}

/*
 * Wait as select() would.  The sets are left as they were when it is time to
 * ask again, for select() clears what is not ready.
 */
static int select_(const struct sets *s, struct pollfd *p, int k,
		   int64_t deadline)
{
	size_t bytes = (size_t)(s->n + 63) / 64 * 8;
	char keep[3][FD_SETSIZE / 8];
	fd_set *sets[3] = { s->in, s->out, s->ex };
	int r;

	for (int i = 0; i < 3; i++)
		copy_set((fd_set *)keep[i], sets[i], s->n);
	for (int vain = 0;; vain++) {
		/* what a poll ends for, select() may not count: POLLHUP */
		if (over() || vain == VAIN)
			return select_home(s, deadline);
		r = select_now(s);
		if (r || now_ns() >= deadline)
			return r;
		restore_sets(sets, keep, bytes);
		r = await_set(p, (nfds_t)k, deadline);
		if (r == -EINTR) {
			/* what came before the signal counts */
			int ready = over() ? 0 : select_now(s);
			enum verdict v = attend();

			shim_testcancel();
			if (ready > 0)
				return ready;
			restore_sets(sets, keep, bytes);
			if (v == NO_HANDLER)
				continue;
			errno = EINTR;
			return -1;
		}
		if (r < 0 && r != -ETIMEDOUT)
			return select_home(s, deadline);
	}
}

static int64_t ns_of_tv(const struct timeval *tv)
{
	if (tv->tv_sec > FOREVER / 1000000000 - 2)
		return FOREVER;
	return tv->tv_sec * INT64_C(1000000000) + tv->tv_usec * 1000;
}

/* Linux updates the timeout to what is left of it. */
static void left_of(struct timeval *tv, int64_t deadline)
{
	int64_t left = deadline - now_ns();

	if (!tv || deadline == FOREVER)
		return;
	if (left < 0)
		left = 0;
	tv->tv_sec = left / 1000000000;
	tv->tv_usec = left % 1000000000 / 1000;
}

EXPORT int select(int n, fd_set *in, fd_set *out, fd_set *ex,
		  struct timeval *tv)
{
	struct sets s = { n, in, out, ex };
	size_t bytes = (size_t)(n + 63) / 64 * 8;
	struct pollfd p[SET_MAX];
	int64_t deadline;
	int k = -1, r;

	if (ring_up && !thread_stays_home() && n >= 0 && n <= FD_SETSIZE && readable(in, bytes) &&
	    readable(out, bytes) && readable(ex, bytes) &&
	    readable(tv, sizeof(*tv)) &&
	    (!tv || (tv->tv_sec >= 0 && tv->tv_usec >= 0)))
		k = members(n, in, out, ex, p);
	if (k < 0) {
		shim_go_home();
		return real(select)(n, in, out, ex, tv);
	}
	attend_first();
	shim_testcancel();
	if (tv && !tv->tv_sec && !tv->tv_usec)
		return select_now(&s);
	deadline = tv ? deadline_in(ns_of_tv(tv)) : FOREVER;
	r = select_(&s, p, k, deadline);
	left_of(tv, deadline);
	return r;
}

EXPORT int __select(int n, fd_set *in, fd_set *out, fd_set *ex,
		    struct timeval *tv)
{
	return select(n, in, out, ex, tv);
}

EXPORT int pselect(int n, fd_set *in, fd_set *out, fd_set *ex,
		   const struct timespec *ts, const sigset_t *mask)
{
	struct timeval tv, *left = NULL;
	int r;

	if (!ring_up || mask || (ts && bad_timespec(ts))) {
		shim_go_home();
		mask_lent(mask);
		r = real(pselect)(n, in, out, ex, ts, mask);
		mask_back();
		return r;
	}
	if (ts) {
		tv.tv_sec = ts->tv_sec;
		tv.tv_usec = (ts->tv_nsec + 999) / 1000;
		left = &tv;
	}
	return select(n, in, out, ex, left);
}
