/*
 * engine_uring.c - the io_uring engine
 *
 * Each carrier has a ring of its own.  An op becomes one submission entry;
 * entries are published as they are filled and go to the kernel with the
 * next entry into it, many at a time, which is where the system calls go.
 * One io_uring_enter() both submits and collects.
 *
 * Ring flags, best first: SINGLE_ISSUER | DEFER_TASKRUN (6.1), where the
 * kernel does its part of the work only when the owner asks for completions,
 * in one go; COOP_TASKRUN (5.19); none.  With the first only the owner's
 * kernel thread can get completions posted, so a stuck owner must be kicked
 * (monitor.c); the handler submits and collects, nothing else.
 *
 * Completions are taken off the ring by the owner, or for a stuck owner by
 * the monitor, under .reap.  An op's memory is its thread's again only after
 * the op's own completion: the thread waits for it after a cancel, too.  A
 * cancel is a submission as well, so only the owner can make one; others put
 * the op on its .cancels list, under .list, and wake it.
 *
 * wake() writes to an eventfd that the ring always has a read of.
 */
#include "ring/sched.h"

#include <liburing.h>
#include <sys/eventfd.h>
#include <sys/mman.h>

#define SQ_ENTRIES 512	/* a batch; when full it is submitted */
#define CQ_ENTRIES 8192	/* beyond it the kernel keeps a list (NODROP) */

/* user_data of what is not an op */
#define UD_IGNORE 0
#define UD_WAKE 1

struct uring {
	struct io_uring ring;
	unsigned enter_flags;
	unsigned tail;		/* of the submission queue; the owner's */
	bool defer;
	volatile bool filling;	/* the owner is in the middle of an entry */
	bool wake_lost;		/* the monitor reaped the wake-up read */
	uint64_t collected;	/* rdtsc at the last collection: uring_poll() */
	int wake_fd;
	uint64_t wake_buf;
	struct spin reap;
	struct spin list;
	struct op *cancels;
	_Atomic uint32_t n_cancels;
};

static struct uring *uring_of(struct carrier *c)
{
	return c->engine;
}

/* --- into the kernel -------------------------------------------------------- */

static unsigned unsubmitted(struct uring *u)
{
	return u->tail -
	       __atomic_load_n(u->ring.sq.khead, __ATOMIC_ACQUIRE);
}

/* The same in the middle of anything: of what is published. */
static unsigned unsubmitted_published(struct uring *u)
{
	return __atomic_load_n(u->ring.sq.ktail, __ATOMIC_ACQUIRE) -
	       __atomic_load_n(u->ring.sq.khead, __ATOMIC_ACQUIRE);
}

static int enter(struct uring *u, unsigned submit, unsigned min,
		 unsigned flags, const void *arg, size_t size)
{
	return (int)sys6(SYS_io_uring_enter, u->ring.enter_ring_fd, submit, min,
			 flags | u->enter_flags, SYS_P(arg), (long)size);
}

/* Does the kernel have something for us that it will post only if asked? */
static bool kernel_has_work(struct uring *u)
{
	unsigned f = __atomic_load_n(u->ring.sq.kflags, __ATOMIC_RELAXED);

	return f & (IORING_SQ_TASKRUN | IORING_SQ_CQ_OVERFLOW);
}

/* A free entry of the submission queue.  By the owner. */
static struct io_uring_sqe *next_sqe(struct uring *u)
{
	u->filling = true;
	atomic_signal_fence(memory_order_seq_cst);
	while (unlikely(unsubmitted(u) == u->ring.sq.ring_entries))
		enter(u, unsubmitted(u), 0, 0, NULL, 0);
	return &u->ring.sq.sqes[u->tail & *u->ring.sq.kring_mask];
}

/* The entry that next_sqe() returned is filled. */
static void publish(struct uring *u)
{
	__atomic_store_n(u->ring.sq.ktail, ++u->tail, __ATOMIC_RELEASE);
	atomic_signal_fence(memory_order_seq_cst);
	u->filling = false;
}

/* --- ops as submissions ------------------------------------------------------ */

static void prep_vec(struct io_uring_sqe *s, struct op *op, bool in)
{
	struct iovec v;

	/* the one vector that is not done; all of them while none is, for
	   then the kernel has yet to say whether they can be looked at */
	if (!op->done) {
		if (in)
			io_uring_prep_readv(s, op->fd, op->iov,
					    (unsigned)op->len, (uint64_t)-1);
		else
			io_uring_prep_writev(s, op->fd, op->iov,
					     (unsigned)op->len, (uint64_t)-1);
		return;
	}
	v = (struct iovec){ 0 };
	op_rest(op, &v, 1);
	if (in)
		io_uring_prep_read(s, op->fd, v.iov_base, (unsigned)v.iov_len,
				   (uint64_t)-1);
	else
		io_uring_prep_write(s, op->fd, v.iov_base, (unsigned)v.iov_len,
				    (uint64_t)-1);
}

/*
 * A datagram that io_uring has tried to send and is to try again may go empty: a
 * UNIX socket has it copied before it finds the queue full (seen on Linux 6.18).
 * So it is asked for once, without waiting, and the waiting is for libc's call.
 */
static bool once_only(const struct op *op)
{
	return (op->kind == OP_SEND || op->kind == OP_SENDMSG) &&
	       !(op->hints & OP_STREAM);
}

/* A stream's send is to be whole; packets are not to be glued together. */
static int flags_of(const struct op *op)
{
	if (once_only(op))
		return op->flags | MSG_DONTWAIT;
	/* what is thrown away, io_uring's own going on does not count */
	if (op->flags & MSG_TRUNC)
		return op->flags & ~MSG_WAITALL;
	if (!(op->hints & OP_STREAM))
		return op->flags & ~MSG_WAITALL;
	return op->events & POLLOUT ? op->flags | MSG_WAITALL : op->flags;
}

static void prep_msg(struct io_uring_sqe *s, struct op *op, bool in)
{
	unsigned flags = (unsigned)flags_of(op);
	struct iovec v = { 0 };

	if (!op->done) {
		if (in)
			io_uring_prep_recvmsg(s, op->fd, op->msg, flags);
		else
			io_uring_prep_sendmsg(s, op->fd, op->msg, flags);
		/* an attempt that finds nothing may have written control
		   data all the same, and the next one goes on behind it */
		if (op->hints & OP_CONTROL)
			s->ioprio = IORING_RECVSEND_POLL_FIRST;
		return;
	}
	op_rest(op, &v, 1);
	if (in)
		io_uring_prep_recv(s, op->fd, v.iov_base, v.iov_len,
				   (int)flags);
	else
		io_uring_prep_send(s, op->fd, v.iov_base, v.iov_len,
				   (int)flags);
}

static void prep(struct io_uring_sqe *s, struct op *op)
{
	switch (op->kind) {
	case OP_POLL:
		io_uring_prep_poll_add(s, op->fd, op->events);
		break;
	case OP_RECV:
		io_uring_prep_recv(s, op->fd, (char *)op->buf + op->done,
				   op_left(op), flags_of(op));
		if (op->hints & OP_DRAINED)
			s->ioprio = IORING_RECVSEND_POLL_FIRST;
		break;
	case OP_SEND:
		io_uring_prep_send(s, op->fd, (char *)op->buf + op->done,
				   op_left(op), flags_of(op));
		break;
	case OP_RECVMSG:
		prep_msg(s, op, true);
		break;
	case OP_SENDMSG:
		prep_msg(s, op, false);
		break;
	case OP_READV:
		prep_vec(s, op, true);
		break;
	case OP_WRITEV:
		prep_vec(s, op, false);
		break;
	case OP_ACCEPT:
		if (ring_forked)
			io_uring_prep_poll_add(s, op->fd, POLLIN);
		else
			io_uring_prep_accept(s, op->fd, op->addr, op->addrlen,
					     op->flags);
		op->hints = ring_forked ? OP_POLLED : 0;
		break;
	case OP_CONNECT:
		io_uring_prep_connect(s, op->fd, op->addr, (socklen_t)op->len);
		break;
	}
	s->user_data = (uintptr_t)op;
}

/*
 * An accept that waits takes a connection's one wake-up, and for a while also
 * after its process has exited.  Where other processes may wait on the same
 * socket, readiness is waited for instead, which takes none.  And a pipe that can't
 * be asked without waiting says so only to preadv2() and its like.
 */
static bool tries_first(const struct op *op)
{
	return (op->kind == OP_ACCEPT && ring_forked) || op->hints & OP_ASKS;
}

static bool sends(const struct op *op)
{
	return op->kind == OP_SEND || op->kind == OP_SENDMSG ||
	       op->kind == OP_WRITEV;
}

static bool uring_start(struct carrier *c, struct op *op)
{
	struct uring *u = uring_of(c);
	struct io_uring_sqe *s;

	if (unlikely(tries_first(op)) && op_try(op))
		return true;
	if (unlikely((once_only(op) && op->hints & OP_WAITED) ||
		     (op->done && op_vectors_left(op))))
		return op_to_libc(op);
	s = next_sqe(u);
	prep(s, op);
	if (sends(op) && !op->done)
		count(&c->n->sends);
	atomic_store_explicit(&op->state, OP_ARMED, memory_order_relaxed);
	atomic_fetch_add_explicit(&c->armed, 1, memory_order_relaxed);
	publish(u);
	return false;
}

/* --- cancelling --------------------------------------------------------------- */

static void submit_cancel(struct uring *u, struct op *op)
{
	struct io_uring_sqe *s = next_sqe(u);

	io_uring_prep_cancel(s, op, 0);
	s->user_data = UD_IGNORE;
	publish(u);
}

static bool uring_cancel(struct op *op)
{
	struct carrier *c = op->carrier;
	struct uring *u = uring_of(c);

	if (atomic_load(&op->state) != OP_ARMED) {
		if (atomic_load(&op->state) != OP_FIRED)
			return false;
		op_look(op);
		return true;
	}
	if (carrier_here() == c) {
		submit_cancel(u, op);
		return false;
	}
	spin_lock(&u->list);
	if (atomic_load(&op->state) == OP_ARMED && !op->seq) {
		op->seq = 1;
		op->prev = NULL;
		op->next = u->cancels;
		if (op->next)
			op->next->prev = op;
		u->cancels = op;
		atomic_fetch_add(&u->n_cancels, 1);
	}
	spin_unlock(&u->list);
	carrier_rouse(c);
	return false;
}

/* Under .list. */
static void unlist(struct uring *u, struct op *op)
{
	if (op->prev)
		op->prev->next = op->next;
	else
		u->cancels = op->next;
	if (op->next)
		op->next->prev = op->prev;
	op->seq = 0;
	atomic_fetch_sub(&u->n_cancels, 1);
}

static void submit_cancels(struct uring *u)
{
	if (likely(!atomic_load(&u->n_cancels)))
		return;
	spin_lock(&u->list);
	while (u->cancels) {
		struct op *op = u->cancels;

		unlist(u, op);
		submit_cancel(u, op);
	}
	spin_unlock(&u->list);
}

/* --- collecting ---------------------------------------------------------------- */

/* A poll of io_uring's has seen what nobody has asked for: POLLRDHUP, which it adds.
   It would do so again at once, and poll() goes on waiting. */
static bool unasked(const struct op *op, int res)
{
	return op->kind == OP_POLL && res > 0 &&
	       !(res & (op->events | POLLERR | POLLHUP | POLLNVAL));
}

/* An op's completion has come.  Under .reap. */
static void settle(struct carrier *c, struct op *op,
		   const struct io_uring_cqe *cqe)
{
	struct uring *u = uring_of(c);
	int res = cqe->res;
	bool done;

	atomic_fetch_sub_explicit(&c->armed, 1, memory_order_relaxed);
	if (res == -EINTR || (res >= 0 && op->hints & OP_POLLED))
		done = false;	/* the carrier's, not the program's: again */
	else if (res == -EAGAIN && once_only(op))
		done = op_to_libc(op);
	else if (unlikely(unasked(op, res)))
		done = op_refuse(op);
	else if (res == -ECANCELED)
		done = (op_abandon(op, ECANCELED), true);
	else
		done = op_took(op, res);
	if (cqe->flags & IORING_CQE_F_SOCK_NONEMPTY)
		op->hints &= (uint16_t)~OP_DRAINED;
	/* off the cancel list before its thread may free it: .list orders
	   this against a cancel that is just being asked for */
	spin_lock(&u->list);
	if (op->seq)
		unlist(u, op);
	atomic_store_explicit(&op->state, done ? OP_DONE : OP_FIRED,
			      memory_order_release);
	spin_unlock(&u->list);
}

static void rearm_wake(struct uring *u)
{
	struct io_uring_sqe *s = next_sqe(u);

	io_uring_prep_read(s, u->wake_fd, &u->wake_buf, sizeof(u->wake_buf),
			   0);
	s->user_data = UD_WAKE;
	publish(u);
}

/*
 * With thousands of threads what a completion leads to is in no cache, and on
 * pages in no TLB: the op, which lies on its thread's stack, and by it the
 * thread's record.  They are fetched this many completions ahead, one after the
 * other (without the record and the thread's stack: 2 % more CPU a request with
 * 1000 connections, 5 % with 8000).  An op is the engine's until it is settled,
 * so it may be read.
 */
#define AHEAD 8

static struct op *op_at(struct uring *u, unsigned at)
{
	uint64_t data;

	data = u->ring.cq.cqes[at & *u->ring.cq.kring_mask].user_data;
	return data <= UD_WAKE ? NULL : (struct op *)(uintptr_t)data;
}

static void prefetch_op(struct uring *u, unsigned at, unsigned end)
{
	const char *op;

	if ((int)(end - at) <= 0)
		return;
	op = (const char *)op_at(u, at);
	__builtin_prefetch(op, 1);
	__builtin_prefetch(op + 64, 1);
}

static void prefetch_thread(struct uring *u, unsigned at, unsigned end)
{
	struct op *op;

	if ((int)(end - at) <= 0)
		return;
	op = op_at(u, at);
	if (op)
		__builtin_prefetch(op->thread, 1);
}

/* Take what has been posted.  here: the carrier the caller is on, c or (the
   monitor) NULL. */
static void reap(struct carrier *c, struct carrier *here)
{
	struct uring *u = uring_of(c);
	struct io_uring_cq *cq = &u->ring.cq;
	unsigned head, tail, mask = *cq->kring_mask;
	bool woken = false;

	spin_lock(&u->reap);
	head = *cq->khead;
	tail = __atomic_load_n(cq->ktail, __ATOMIC_ACQUIRE);
	for (unsigned i = 0; i < AHEAD; i++)
		prefetch_op(u, head + i, tail);
	for (unsigned i = 0; i < AHEAD / 2; i++)
		prefetch_thread(u, head + i, tail);
	while (head != tail) {
		struct io_uring_cqe *cqe = &cq->cqes[head & mask];
		struct op *op = (struct op *)(uintptr_t)cqe->user_data;
		struct thread *t;

		prefetch_op(u, head + AHEAD, tail);
		prefetch_thread(u, head++ + AHEAD / 2, tail);

		if ((uintptr_t)op <= UD_WAKE) {
			woken |= (uintptr_t)op == UD_WAKE;
			continue;
		}
		t = op->thread;
		settle(c, op, cqe);
		thread_wake_from(here, t, WAKE_UP);
		thread_warm(t);
	}
	__atomic_store_n(cq->khead, head, __ATOMIC_RELEASE);
	/* only the owner may submit; the monitor leaves it to it */
	if (woken && !here)
		__atomic_store_n(&u->wake_lost, true, __ATOMIC_RELEASE);
	spin_unlock(&u->reap);
	if (woken && here)
		rearm_wake(u);
}

/* Threads that are ready: with so many, nothing more is collected.  Enough for
   large batches, and what they are about to touch still fits the cache: with
   1000 connections 64 cost 7 % more CPU than 256, with 8000 no limit 10 %. */
#define ENOUGH 256

/* Cycles of the time-stamp counter, some 10 ms: what is finished does not wait
   longer to be collected. */
#define LATE 30000000

/*
 * Is it time to have the kernel do what it defers?  That is mostly receiving,
 * which brings data into the cache, so it is best done not long before the
 * threads run that wait for it; done at every look it makes a queue of
 * thousands of threads whose data has gone cold.  What is collected would queue
 * up behind those anyway.  Unless threads run long: then every look counts.
 */
static bool time_to_collect(struct carrier *c)
{
	uint32_t ready = atomic_load_explicit(&c->runq.len,
					      memory_order_relaxed);
	struct uring *u = uring_of(c);

	return ready < ENOUGH || c->run > LONG_RUN ||
	       __builtin_ia32_rdtsc() - u->collected > LATE;
}

static void uring_poll(struct carrier *c)
{
	struct uring *u = uring_of(c);
	bool collect = time_to_collect(c);
	unsigned n;

	submit_cancels(u);
	n = unsubmitted(u);
	if (n || (collect && kernel_has_work(u)))
		enter(u, n, 0, collect ? IORING_ENTER_GETEVENTS : 0, NULL, 0);
	reap(c, c);
	if (collect)
		u->collected = __builtin_ia32_rdtsc();
}

static bool posted(struct uring *u)
{
	return *u->ring.cq.khead !=
	       __atomic_load_n(u->ring.cq.ktail, __ATOMIC_ACQUIRE);
}

static void uring_wait(struct carrier *c, int64_t deadline)
{
	struct uring *u = uring_of(c);
	struct io_uring_getevents_arg arg = { .sigmask_sz = 8 };
	struct __kernel_timespec ts;
	int64_t ns;

	submit_cancels(u);
	if (__atomic_exchange_n(&u->wake_lost, false, __ATOMIC_ACQ_REL))
		rearm_wake(u);
	if (deadline != FOREVER) {
		ns = deadline - now_ns();
		ts.tv_sec = ns > 0 ? ns / 1000000000 : 0;
		ts.tv_nsec = ns > 0 ? ns % 1000000000 : 0;
		arg.ts = (uintptr_t)&ts;
	}
	enter(u, unsubmitted(u), posted(u) ? 0 : 1,
	      IORING_ENTER_GETEVENTS | IORING_ENTER_EXT_ARG, &arg,
	      sizeof(arg));
	reap(c, c);
}

static void uring_wake(struct carrier *c)
{
	static const uint64_t one = 1;

	sys3(SYS_write, uring_of(c)->wake_fd, SYS_P(&one), sizeof(one));
}

/* In the kick's handler: submit what is published, and have done what the
   kernel defers. */
static void uring_kicked(struct carrier *c)
{
	struct uring *u = uring_of(c);

	if (!u->filling && !atomic_exchange(&u->list.held, 1)) {
		while (u->cancels) {
			struct op *op = u->cancels;

			unlist(u, op);
			submit_cancel(u, op);
		}
		spin_unlock(&u->list);
	}
	enter(u, unsubmitted_published(u), 0, IORING_ENTER_GETEVENTS, NULL, 0);
}

static void uring_rescue(struct carrier *c)
{
	reap(c, NULL);
}

/* --- opening ---------------------------------------------------------------------- */

/*
 * One try.  The ring's descriptor has the lowest number that is free, which the
 * program may be about to get: so it is moved before all else, the memory, which
 * takes a hundred times as long, comes afterwards.  0 or -errno.
 */
static int setup_with(struct uring *u, unsigned flags)
{
	struct io_uring_params p = { .flags = flags };
	int fd, r;

	p.flags |= IORING_SETUP_CLAMP | IORING_SETUP_CQSIZE;
	p.cq_entries = CQ_ENTRIES;
	fd = (int)sys3(SYS_io_uring_setup, SQ_ENTRIES, SYS_P(&p), 0);
	if (fd < 0)
		return fd;
	fd = fd_to_high(fd);
	r = -ENOSYS;
	if (p.features & IORING_FEAT_EXT_ARG &&
	    p.features & IORING_FEAT_FAST_POLL &&
	    p.features & IORING_FEAT_NODROP)
		r = io_uring_queue_mmap(fd, &p, &u->ring);
	if (r) {
		fd_high_close(fd);
		return r;
	}
	/* what liburing's own setup does, and, from 2.5 to 2.14, not that */
	u->ring.ring_fd = u->ring.enter_ring_fd = fd;
	u->ring.flags = p.flags;
	u->ring.features = p.features;
	return 0;
}

static int setup(struct uring *u)
{
	static const unsigned tries[] = {
		IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN |
			IORING_SETUP_TASKRUN_FLAG,
		IORING_SETUP_COOP_TASKRUN | IORING_SETUP_TASKRUN_FLAG,
		0,
	};
	int r = -EINVAL;

	for (size_t i = 0; i < sizeof(tries) / sizeof(*tries); i++) {
		r = setup_with(u, tries[i]);
		u->defer = tries[i] & IORING_SETUP_DEFER_TASKRUN;
		if (r != -EINVAL)
			break;
	}
	return r;
}

/* An entry's place in the ring is its place in the array, for good. */
static void fill_array(struct uring *u)
{
	for (unsigned i = 0; i < u->ring.sq.ring_entries; i++)
		u->ring.sq.array[i] = i;
	u->tail = *u->ring.sq.ktail;
}

static int uring_open(struct carrier *c)
{
	struct uring *u = ring_map(sizeof(*u));
	int r;

	if (!u)
		return -ENOMEM;
	r = setup(u);
	if (r)
		return r;
	io_uring_ring_dontfork(&u->ring);
	if (io_uring_register_ring_fd(&u->ring) == 1)
		u->enter_flags = IORING_ENTER_REGISTERED_RING;
	fill_array(u);
	r = (int)sys3(SYS_eventfd2, 0, EFD_CLOEXEC, 0);
	if (r < 0) {
		fd_high_close(u->ring.ring_fd);
		return r;
	}
	u->wake_fd = fd_to_high(r);
	c->engine = u;
	rearm_wake(u);
	return 0;
}

/* Is an entry that is published and not yet submitted about fd? */
static bool names(struct uring *u, int fd)
{
	for (unsigned i = unsubmitted(u); i; i--)
		if (u->ring.sq.sqes[(u->tail - i) & *u->ring.sq.kring_mask].fd ==
		    fd)
			return true;
	return false;
}

/* A request in flight holds the file itself; one that is only published would
   find another under the number.  None is added until fd is closed: only this
   kernel thread could. */
static void uring_forget(int fd)
{
	struct carrier *c = carrier_here();
	struct uring *u = c ? uring_of(c) : NULL;

	if (u && names(u, fd))
		enter(u, unsubmitted(u), 0, 0, NULL, 0);
}

static void uring_child(void)
{
	/* the rings were not inherited (MADV_DONTFORK), nor, by now, their
	   descriptors */
}

const struct engine engine_uring = {
	.name = "io_uring",
	.open = uring_open,
	.start = uring_start,
	.cancel = uring_cancel,
	.poll = uring_poll,
	.wait = uring_wait,
	.wake = uring_wake,
	.rescue = uring_rescue,
	.kicked = uring_kicked,
	.forget = uring_forget,
	.child = uring_child,
};
