/*
 * op.c - what an op does, tried once without blocking
 *
 * Nothing here changes a descriptor: "without blocking" is said with each
 * call (MSG_DONTWAIT, RWF_NOWAIT), for O_NONBLOCK belongs to the open file
 * description, which other processes and libc itself share.  accept() has no
 * such flag; it is asked for readiness first.  Should somebody else take the
 * connection in between, the call blocks, as it would have natively, and the
 * monitor sees to the others; so this is for a listening socket's lone
 * acceptor, or for acceptors that take turns (engine_epoll.c).
 *
 * "Whole": a blocking send returns when everything has been taken, not when
 * something has.  op->done counts what has gone so far; if the op ends early
 * that is its result, and if nothing has gone, the error is.  What a call that
 * waits would have ended at, an attempt that begins anew takes for its own, or
 * passes over: so before one goes on it is asked for an error, which is for the
 * next call to have, and for the mark of urgent data.
 */
#include "ring/sched.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/ioctl.h>

/* linux/fs.h clashes with sys/mount.h in some libcs */
#ifndef RWF_NOWAIT
#define RWF_NOWAIT 8
#endif

#define DUPLICATES_MAX 64	/* of descriptors waited for at home */

static _Atomic int duplicates;

size_t iov_total(const struct iovec *v, size_t n)
{
	size_t sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += v[i].iov_len;
	return sum;
}

static size_t at_most(size_t n)
{
	return n < OP_MAX ? n : OP_MAX;
}

static size_t op_total(const struct op *op)
{
	switch (op->kind) {
	case OP_SENDMSG:
	case OP_RECVMSG:
		return at_most(iov_total(op->msg->msg_iov,
					 op->msg->msg_iovlen));
	case OP_READV:
	case OP_WRITEV:
		return at_most(iov_total(op->iov, op->len));
	default:
		return at_most(op->len);
	}
}

/* Must it be whole? */
static bool op_whole(const struct op *op)
{
	switch (op->kind) {
	case OP_WRITEV:
		return true;
	case OP_SEND:
	case OP_SENDMSG:
		return op->hints & OP_STREAM;
	case OP_RECV:
	case OP_RECVMSG:
		return (op->flags & (MSG_WAITALL | MSG_PEEK)) == MSG_WAITALL &&
		       op->hints & OP_STREAM;
	default:
		return false;
	}
}

int op_rest(const struct op *op, struct iovec *v, int n)
{
	bool msg = op->kind == OP_SENDMSG || op->kind == OP_RECVMSG;
	const struct iovec *all = msg ? op->msg->msg_iov : op->iov;
	size_t count = msg ? op->msg->msg_iovlen : op->len;
	size_t skip = op->done, room = OP_MAX - op->done;
	int k = 0;

	for (size_t i = 0; i < count && k < n && room; i++) {
		size_t len = all[i].iov_len;

		if (skip >= len) {
			skip -= len;
			continue;
		}
		len = len - skip < room ? len - skip : room;
		v[k].iov_base = (char *)all[i].iov_base + skip;
		v[k++].iov_len = len;
		room -= len;
		skip = 0;
	}
	return k;
}

static bool op_end(struct op *op, ssize_t res)
{
	op->res = res;
	return true;
}

bool op_took(struct op *op, ssize_t res)
{
	size_t total;

	if (res == -EPIPE)
		op->hints |= OP_BROKEN;
	if (res < 0)
		return op_end(op, op->done ? (ssize_t)op->done : res);
	if (op->kind == OP_RECV && res > 0 &&
	    (size_t)res < op_left(op) && !(op->flags & MSG_PEEK))
		op->hints |= OP_DRAINED;
	else
		op->hints &= (uint16_t)~OP_DRAINED;
	if (!op_whole(op))
		return op_end(op, res);
	op->done += (size_t)res;
	total = op_total(op);
	if (res == 0 || op->done >= total)
		return op_end(op, (ssize_t)op->done);
	/* what goes with the first byte has gone with it */
	return false;
}

void op_abandon(struct op *op, int err)
{
	if (op->kind == OP_CONNECT)
		op->done = 0;
	op->res = op->done ? (ssize_t)op->done : -err;
}

static ssize_t try_msg(struct op *op, long nr, int flags)
{
	struct iovec v[8];
	struct msghdr m;

	if (!op->done)
		return sys3(nr, op->fd, SYS_P(op->msg), flags);
	m = (struct msghdr){ .msg_iov = v };
	m.msg_iovlen = (size_t)op_rest(op, v, 8);
	return sys3(nr, op->fd, SYS_P(&m), flags);
}

/*
 * Vectors, at position -1: the file's own, and the only one a pipe or socket
 * has.  Before Linux 6.4 sockets do not take RWF_NOWAIT; for them the same
 * is said otherwise.
 */
static ssize_t try_vec(struct op *op, long nr, long msg_nr)
{
	struct iovec one;
	struct msghdr m = { .msg_iov = (struct iovec *)op->iov };
	ssize_t r;

	m.msg_iovlen = op->len;
	if (op->done) {
		m.msg_iov = &one;
		m.msg_iovlen = (size_t)op_rest(op, &one, 1);
	}
	r = sys6(nr, op->fd, SYS_P(m.msg_iov), (long)m.msg_iovlen, -1, -1,
		 RWF_NOWAIT);
	if (likely(r != -EOPNOTSUPP))
		return r;
	r = sys3(msg_nr, op->fd, SYS_P(&m), MSG_DONTWAIT);
	return r == -ENOTSOCK ? -EOPNOTSUPP : r;
}

static int ready_now(int fd, int events)
{
	struct pollfd p = { .fd = fd, .events = (short)events };
	static const struct timespec zero;
	long n;

	/* a kick may come: what it says then is neither yes nor no, and accept4()
	   would wait */
	do
		n = sys6(SYS_ppoll, SYS_P(&p), 1, SYS_P(&zero), 0, 8, 0);
	while (n == -EINTR);
	return n > 0 ? p.revents : (int)n;
}

static bool is_listening(int fd)
{
	int yes = 0;
	socklen_t len = sizeof(yes);

	sys6(SYS_getsockopt, fd, SOL_SOCKET, SO_ACCEPTCONN, SYS_P(&yes),
	     SYS_P(&len), 0);
	return yes;
}

static ssize_t try_accept(struct op *op)
{
	/* one that does not listen fails at once */
	if (ready_now(op->fd, POLLIN) == 0 && is_listening(op->fd))
		return -EAGAIN;
	return sys4(SYS_accept4, op->fd, SYS_P(op->addr), SYS_P(op->addrlen),
		    op->flags);
}

/*
 * A connect has failed, or was ended by shutdown(): then the socket is as new
 * already, and connect() would begin again.  Else that has the socket be so.
 * Only what was shut down has been reset, or has no error.
 */
ssize_t op_hung_up(const struct op *op)
{
	int err = 0;
	socklen_t len = sizeof(err);

	sys6(SYS_getsockopt, op->fd, SOL_SOCKET, SO_ERROR, SYS_P(&err),
	     SYS_P(&len), 0);
	if (err && err != ECONNRESET)
		sys3(SYS_connect, op->fd, SYS_P(op->addr), (long)op->len);
	return err ? -err : -ECONNABORTED;
}

/* One that was shut down before says POLLHUP though it is connected. */
static bool has_peer(int fd)
{
	struct sockaddr_storage peer;
	socklen_t len = sizeof(peer);

	return sys3(SYS_getpeername, fd, SYS_P(&peer), SYS_P(&len)) == 0;
}

/*
 * A connect is begun with O_NONBLOCK on the descriptor for the time of that
 * one call (there is no other way to begin without waiting), waited for, and
 * then asked for again, which gives its outcome and leaves the socket as a
 * blocking connect does.  .done tells the two steps apart.
 */
static ssize_t try_connect(struct op *op)
{
	int fl, ready;
	ssize_t r;

	ready = op->done ? ready_now(op->fd, POLLOUT) : POLLOUT;
	if (ready == 0)
		return -EAGAIN;
	if (ready > 0 && ready & POLLHUP && !has_peer(op->fd)) {
		op->done = 0;
		return op_hung_up(op);
	}
	fl = sys_fcntl(op->fd, F_GETFL, 0);
	if (fl >= 0)
		sys_fcntl(op->fd, F_SETFL, fl | O_NONBLOCK);
	r = sys3(SYS_connect, op->fd, SYS_P(op->addr), (long)op->len);
	if (fl >= 0)
		sys_fcntl(op->fd, F_SETFL, fl);
	op->done = r == -EINPROGRESS || (op->done && r == -EALREADY);
	return op->done ? -EAGAIN : r;
}

static ssize_t try_once(struct op *op)
{
	switch (op->kind) {
	case OP_POLL:
		return ready_now(op->fd, op->events) ?: -EAGAIN;
	case OP_RECV:
		return sys6(SYS_recvfrom, op->fd,
			    SYS_P((char *)op->buf + op->done),
			    (long)op_left(op),
			    op->flags | MSG_DONTWAIT, 0, 0);
	case OP_SEND:
		return sys6(SYS_sendto, op->fd,
			    SYS_P((char *)op->buf + op->done),
			    (long)op_left(op),
			    op->flags | MSG_DONTWAIT | MSG_NOSIGNAL, 0, 0);
	case OP_RECVMSG:
		return try_msg(op, SYS_recvmsg, op->flags | MSG_DONTWAIT);
	case OP_SENDMSG:
		return try_msg(op, SYS_sendmsg,
			       op->flags | MSG_DONTWAIT | MSG_NOSIGNAL);
	case OP_READV:
		return try_vec(op, SYS_preadv2, SYS_recvmsg);
	case OP_WRITEV:
		return try_vec(op, SYS_pwritev2, SYS_sendmsg);
	case OP_ACCEPT:
		return try_accept(op);
	case OP_CONNECT:
		return try_connect(op);
	}
	return -EINVAL;
}

static int asked(int fd, unsigned long what)
{
	int n = 0;

	sys3(SYS_ioctl, fd, (long)what, SYS_P(&n));
	return n;
}

/* Has the connection failed?  Of TCP POLLERR may also mean that there are messages
   for MSG_ERRQUEUE; other_too: of a UNIX stream as well. */
static bool has_failed(int fd, bool other_too)
{
	struct tcp_info info = { .tcpi_state = other_too ? TCP_CLOSE : 0 };
	socklen_t len = sizeof(info);

	if (!(ready_now(fd, 0) & POLLERR))
		return false;
	sys6(SYS_getsockopt, fd, IPPROTO_TCP, TCP_INFO, SYS_P(&info),
	     SYS_P(&len), 0);
	return info.tcpi_state == TCP_CLOSE;
}

/* Has op, which has done a part, come to its end?  What was there before the
   error is still to be received.  A receive from a UNIX stream takes the error. */
static bool ends_here(struct op *op)
{
	bool sends = op->events & POLLOUT;

	if (!(op->hints & OP_STREAM))
		return false;
	if (!sends && asked(op->fd, SIOCATMARK))
		return true;
	if (!has_failed(op->fd, sends))
		return false;
	if (sends)
		op->hints |= OP_BROKEN;
	return sends || !asked(op->fd, FIONREAD);
}

/* A UNIX datagram that bears a name waits for a queue of which its own socket's
   readiness says nothing. */
static bool is_named(const struct op *op)
{
	return op->kind == OP_SENDMSG && !(op->hints & OP_STREAM) &&
	       op->msg->msg_name;
}

bool op_to_libc(struct op *op)
{
	op->hints |= OP_LIBCS;
	return op_end(op, -EAGAIN);
}

bool op_refuse(struct op *op)
{
	op->hints |= OP_REFUSED;
	op->res = -EAGAIN;
	return true;
}

bool op_shut(struct op *op)
{
	int ready;

	if (op->hints & OP_STREAM || op->done ||
	    (op->kind != OP_RECV && op->kind != OP_RECVMSG &&
	     op->kind != OP_READV))
		return false;
	ready = ready_now(op->fd, POLLRDHUP);
	if (ready <= 0 || !(ready & (POLLRDHUP | POLLHUP)))
		return false;
	return op_to_libc(op);
}

/* A pipe may make packets of what it is given: it is to be given all there is. */
bool op_vectors_left(const struct op *op)
{
	struct iovec v[2];

	return op->kind == OP_WRITEV && op->done && op_rest(op, v, 2) > 1;
}

/* Begin the rest of an op that has done a part.  True if it has ended. */
static bool goes_no_further(struct op *op)
{
	if (op_vectors_left(op))
		return op_to_libc(op);
	return ends_here(op) && op_end(op, (ssize_t)op->done);
}

bool op_try(struct op *op)
{
	for (;;) {
		ssize_t r;

		if (unlikely(op->done && op->kind != OP_CONNECT) &&
		    goes_no_further(op))
			return true;
		r = try_once(op);
		if (r == -EAGAIN) {
			op->hints |= OP_WAITED;
			return is_named(op) && op_to_libc(op);
		}
		if (op_took(op, r))
			return true;
	}
}

/* A connect has but one beginning; a receive that has taken something and
   goes on waiting must be known to its engine by then (a close may come). */
static bool may_try_at_home(const struct op *op)
{
	return op->kind != OP_CONNECT && op->kind != OP_ACCEPT &&
	       !(op->flags & MSG_WAITALL);
}

/* The same by the op's thread, at home. */
static bool try_at_home(struct op *op)
{
	if (op->kind == OP_WRITEV)
		op->hints |= OP_RAISES;
	return op_try(op);
}

/* Is it of the same file still, as far as we are told? */
static bool same_file(const struct op *op)
{
	return op->hints & OP_OWNFD || op->closes == fd_closes(op->fd);
}

void op_look(struct op *op)
{
	bool looks = op->hints & OP_LOOK && may_try_at_home(op) &&
		     same_file(op);

	op->hints &= (uint16_t)~(OP_LOOK | OP_SEEN);
	if (looks && (ring_self->away ? op_try(op) : try_at_home(op)) &&
	    op->res != -EBADF)
		op->hints |= OP_SEEN;
}

/* --- waiting for ops ------------------------------------------------------ */

/*
 * Begin op, which is new or has fired.  Called by its thread, after
 * park_prepare(), away.  True if finished.
 */
static bool op_start(struct thread *t, struct op *op)
{
	op->thread = t;
	op->carrier = t->carrier;
	op->hints &= (uint16_t)~OP_RAISES;
	count(&t->carrier->n->ops);
	atomic_store_explicit(&op->state, OP_NEW, memory_order_relaxed);
	if (!engine->start(t->carrier, op))
		return false;
	atomic_store_explicit(&op->state, OP_DONE, memory_order_relaxed);
	return true;
}

static void op_init(struct op *op)
{
	op->seq = 0;
	atomic_store_explicit(&op->state, OP_NEW, memory_order_relaxed);
}

static int op_state_of(struct op *op)
{
	return atomic_load(&op->state);
}

static void give_up(struct op *op)
{
	int s = op_state_of(op);

	if ((s == OP_ARMED || s == OP_FIRED) && engine->cancel(op)) {
		if (!(op->hints & OP_SEEN))
			op_abandon(op, ECANCELED);
		atomic_store(&op->state, OP_DONE);
	}
}

/* io_uring does not find a request that it is just about to try again, and which
   then may wait in a thread of the kernel's: it is asked once more after this long. */
#define CANCEL_AGAIN 10000000

/* Give up those of the n ops that are armed, and wait until the engine has
   let go of them all. */
static __attribute__((noinline)) void ops_cancel(struct thread *t, struct op *ops, int n)
{
	for (int i = 0; i < n; i++) {
		struct op *op = &ops[i];
		int64_t again = 0;

		for (;;) {
			if (now_ns() >= again) {
				give_up(op);
				again = now_ns() + CANCEL_AGAIN;
			}
			park_prepare(t);
			if (op_state_of(op) != OP_ARMED)
				break;
			park(t, again, false);
		}
		atomic_store(&t->state, ST_RUN);
		if (op_state_of(op) == OP_FIRED)
			give_up(op);
		if (op_state_of(op) != OP_DONE)
			op_abandon(op, ECANCELED);
		if (op->res == -ECANCELED && op->hints & OP_LOOK) {
			op_look(op);
			if (!(op->hints & OP_SEEN))
				op_abandon(op, ECANCELED);
		}
	}
}

/* Begin what is new or has fired.  Returns how many of the n are done. */
static int ops_start(struct thread *t, struct op *ops, int n)
{
	int done = 0;

	for (int i = 0; i < n; i++) {
		int s = op_state_of(&ops[i]);

		if (s == OP_NEW || s == OP_FIRED)
			s = op_start(t, &ops[i]) ? OP_DONE :
						   op_state_of(&ops[i]);
		done += s == OP_DONE;
	}
	return done;
}

static int ops_done(struct op *ops, int n)
{
	int done = 0;

	for (int i = 0; i < n; i++)
		done += op_state_of(&ops[i]) == OP_DONE;
	return done;
}

static bool any_is(struct op *ops, int n, enum op_state s)
{
	for (int i = 0; i < n; i++)
		if (op_state_of(&ops[i]) == (int)s)
			return true;
	return false;
}

/* Is there anything that a thread at home, which can begin none of them, may
   wait for?  One that has fired is to be begun again. */
static bool only_armed(struct op *ops, int n)
{
	return any_is(ops, n, OP_ARMED) && !any_is(ops, n, OP_FIRED);
}

/* In a wait at home, and where not every end of it shows, it is looked again after
   this long. */
#define SLICE 1000000000

/* A UNIX stream whose peer shuts down reading fails to send, but poll() does not
   say so. */
static bool is_untold(const struct op *op)
{
	return op->hints & OP_UNTOLD && op->events & POLLOUT;
}

static int64_t untold_until(const struct op *op, int64_t deadline)
{
	int64_t next;

	if (likely(!is_untold(op)) || !engine->stir)
		return deadline;
	next = now_ns() + SLICE;
	return next < deadline ? next : deadline;
}

/*
 * Wait until one of the n ops is done.  0, -ETIMEDOUT, -EINTR, or -EAGAIN if
 * the thread has to stay at home.  What an engine has begun is waited for
 * wherever the thread is.
 */
static inline __attribute__((always_inline)) int
ops_wait(struct thread *t, struct op *ops, int n, int64_t deadline)
{
	for (;;) {
		bool stays = unlikely(!t->away) && !thread_leave_home();
		enum wake why;

		if (stays && !only_armed(ops, n))
			return ops_done(ops, n) ? 0 : -EAGAIN;
		park_prepare(t);
		if (stays ? ops_done(ops, n) : ops_start(t, ops, n)) {
			atomic_store(&t->state, ST_RUN);
			return 0;
		}
		if (stays && !only_armed(ops, n)) {
			atomic_store(&t->state, ST_RUN);
			continue;
		}
		why = park(t, untold_until(ops, deadline), true);
		if (ops_done(ops, n))
			return 0;
		if (why == WAKE_INTR)
			return -EINTR;
		if (deadline != FOREVER && now_ns() >= deadline)
			return -ETIMEDOUT;
		if (unlikely(why == WAKE_TIMEOUT && is_untold(ops))) {
			ring_hold(t);
			engine->stir(ops->fd);
			ring_drop(t);
		}
	}
}

/* In poll() at home thread_interrupt() ends the wait by a signal, which may
   come just before it has begun: so it looks again after a slice. */
static int poll_for(const struct op *op, int64_t ns)
{
	struct pollfd p = { .fd = op->fd, .events = (short)op->events };
	struct timespec ts = { .tv_sec = ns / 1000000000,
			       .tv_nsec = ns % 1000000000 };
	struct thread *t = ring_self;
	int r = -EINTR;

	atomic_store(&t->blocks, BLOCKS);
	if (!atomic_load(&t->attention) && !atomic_load(&ring_over))
		r = (int)sys6(SYS_ppoll, SYS_P(&p), 1, SYS_P(&ts), 0, 8, 0);
	thread_poll_over(t);
	return r;
}

/* Wait at home until op's descriptor is ready.  0 or -errno. */
static __attribute__((noinline)) int
ready_block(const struct op *op, int64_t deadline)
{
	int64_t ns = SLICE;
	int r;

	do {
		if (deadline != FOREVER) {
			ns = deadline - now_ns();
			if (ns <= 0)
				return -ETIMEDOUT;
			if (ns > SLICE)
				ns = SLICE;
		}
		r = poll_for(op, ns);
	} while (r == 0 && !is_untold(op));
	return r < 0 ? r : 0;
}

/* A child of fork() has none of them, and a retreat closes them all. */
static void drop_held(void *arg)
{
	struct op_held *h = arg;

	if (h->fd < 0 || h->forks != forks_ago || !own_begin())
		return;
	ring_forget_fd(h->fd);
	fd_high_close(h->fd);
	atomic_fetch_sub(&duplicates, 1);
	own_end();
	h->fd = -1;
}

void ops_child(void)
{
	atomic_store(&duplicates, 0);
}

/* fd < 0: there is none */
static void held_is(struct op_held *h, int fd)
{
	h->forks = forks_ago;
	h->fd = fd;
	if (fd < 0)
		atomic_fetch_sub(&duplicates, 1);
	/* the kind that a jump finds, too */
	_pthread_cleanup_push(&h->left, drop_held, h);
}

/* A handler that jumps must not find a duplicate that nobody will close. */
bool op_keep(struct op_held *h, int fd)
{
	int r = -1;

	ring_hold(ring_self);
	if (atomic_fetch_add(&duplicates, 1) < DUPLICATES_MAX)
		r = fd_high_dup(fd);
	held_is(h, r);
	ring_drop(ring_self);
	return r >= 0;
}

void op_adopt(struct op_held *h, struct op *op)
{
	atomic_fetch_add(&duplicates, 1);
	op->hints &= (uint16_t)~OP_OWNFD;
	held_is(h, op->fd);
}

/* Leave it to op, for op_adopt(). */
static void hand_over(struct op_held *h, struct op *op, int own)
{
	if (h->fd >= 0) {
		atomic_fetch_sub(&duplicates, 1);
		op->hints |= OP_OWNFD;
		op->given = own;
		h->fd = -1;
	}
	op_let_go(h);
}

void op_let_go(struct op_held *h)
{
	ring_hold(ring_self);
	_pthread_cleanup_pop(&h->left, 1);
	ring_drop(ring_self);
}

static int block(struct op *op, int64_t deadline)
{
	int own = op->fd, r = 0, vain = 0;
	struct op_held h;
	size_t moved;
	bool over;

	/* who else accepts may be quicker, and accept4() then waits: so let it */
	if (op->kind == OP_ACCEPT) {
		op_to_libc(op);
		return 0;
	}
	/* what is to be whole takes no part before its file is held */
	if (!op_whole(op) && try_at_home(op))
		return 0;
	if (op_keep(&h, op->fd))
		op->fd = h.fd;
	over = op_whole(op) && try_at_home(op);
	moved = op->done;
	while (!over) {
		r = ready_block(op, deadline);
		vain = op->done == moved ? vain + 1 : 0;
		moved = op->done;
		if (r == 0 && vain > VAIN && op->kind != OP_POLL) {
			op_to_libc(op);
			break;
		}
		over = r != 0 || try_at_home(op) || op_shut(op);
	}
	if (op->hints & OP_LIBCS) {
		hand_over(&h, op, own);
		return r;
	}
	/* as op_look(): no handler has run yet */
	if (r < 0 && try_at_home(op))
		r = 0;
	op_let_go(&h);
	op->fd = own;
	return r;
}

/* The same as op_await() at home, for a thread that stays there.  Handlers run when
   it is over, as they do for who waits away: what has moved came before them. */
static int op_block(struct op *op, int64_t deadline)
{
	int r;

	if (!own_begin())
		return -EINTR;
	ring_hold(ring_self);
	r = block(op, deadline);
	own_end();
	ring_drop(ring_self);
	return r;
}

/* The thread has to stay at home: op is not with the engine. */
static __attribute__((noinline)) int op_await_home(struct op *op, int64_t deadline)
{
	int r = op_block(op, deadline);

	if (r)
		op_abandon(op, ECANCELED);
	return r;
}

/*
 * The part of a wait in which an engine may know op, which is on its thread's stack:
 * a thread that has come home meanwhile holds signals off, for a handler might jump.
 * Afterwards no engine does.  As ops_wait().
 */
static inline __attribute__((always_inline)) int
op_engaged(struct thread *t, struct op *op, int64_t deadline)
{
	int r;

	ring_hold(t);
	r = ops_wait(t, op, 1, deadline);
	if (unlikely(r == -EAGAIN)) {
		if (op_state_of(op) == OP_FIRED)
			engine->cancel(op);
		if (op->hints & OP_SEEN)
			r = 0;
	} else if (unlikely(r != 0)) {
		ops_cancel(t, op, 1);
	}
	ring_drop(t);
	return r;
}

/* An interrupt has ended op: did it so after a part, of what must be whole? */
static void note_cut(struct op *op)
{
	if (op->done && op_whole(op) && op->res == (ssize_t)op->done &&
	    op->done < op_total(op))
		op->hints |= OP_CUT;
}

/* op has not been begun, or not again. */
static ssize_t interrupted(struct op *op)
{
	op_abandon(op, ECANCELED);
	note_cut(op);
	return op->done ? op->res : -EINTR;
}

ssize_t op_await(struct op *op, int64_t deadline)
{
	struct thread *t = thread_self();
	int r;

	op_init(op);
	op->hints = (uint16_t)((op->hints & ~OP_SEEN) | OP_LOOK);
	op->closes = fd_closes(op->fd);
	if (!t->away && may_try_at_home(op)) {
		bool done;

		/* a handler that has run by now has not come after what moves now */
		if (unlikely(atomic_load(&t->attention)) || !own_begin())
			return interrupted(op);
		done = try_at_home(op);
		own_end();
		if (done)
			return op->res;
	}
	r = op_engaged(t, op, deadline);
	if (r == 0 && unlikely(op->hints & OP_REFUSED)) {
		op->hints &= (uint16_t)~OP_REFUSED;
		thread_go_home();
		r = -EAGAIN;
	}
	if (r == -EAGAIN)
		r = op_await_home(op, deadline);
	if (likely(r == 0))
		return op->res;
	if (r == -EINTR)
		note_cut(op);
	return op->res == -ECANCELED ? r : op->res;
}

int op_await_any(struct op *ops, int n, int64_t deadline)
{
	struct thread *t = thread_self();
	int r, good = 0;

	for (int i = 0; i < n; i++)
		op_init(&ops[i]);
	ring_hold(t);
	r = ops_wait(t, ops, n, deadline);
	ops_cancel(t, ops, n);
	ring_drop(t);
	for (int i = 0; i < n; i++) {
		good += ops[i].res >= 0;
		if (r == 0 && ops[i].res < 0 && ops[i].res != -ECANCELED)
			r = (int)ops[i].res;
	}
	return good ? good : r;
}
