/*
 * engine_epoll.c - the epoll engine
 *
 * The same ops, made of readiness: try, and if it would block, arm the
 * descriptor, wait for an event, try again.
 *
 * There is one epoll instance.  A descriptor is registered once, edge
 * triggered for everything, when something first has to wait for it, and
 * stays so until it is closed; so a wait costs no epoll_ctl.  Of each
 * descriptor (struct efd, by number) we keep the list of the ops that wait,
 * and a count of the events seen.
 *
 * No edge is lost: an op that would block reads the count before it tries
 * and goes on the list only if the count is still the same, under the lock
 * under which an event counts up and takes ops off the list.  An event that
 * comes to the kernel before the try is harmless (one try too many); one
 * that comes after it will be counted after the op is on the list.
 *
 * One edge may be good for several ops (three datagrams, two acceptors): an
 * event takes off the first op that wants to receive and the first that
 * wants to send; when one of these has succeeded it takes off the next
 * (pass_on()).  Acceptors take turns in the same way, so that of this
 * process only one at a time is between "ready" and accept().
 *
 * A stream's receive that got less than it asked for has emptied the
 * socket: the next receive need not try before there has been an event.
 * Unless the other side has said that it is done (.ended): its FIN may have
 * come with the data, in one event.  Nor where there has been urgent data: a
 * receive ends at its mark.
 *
 * One carrier at a time waits in epoll_wait(), the poller; other idle ones
 * sleep on a futex.  Any carrier polls between threads.
 *
 * close() of a descriptor that threads wait on: the kernel would drop the
 * registration, and the last reference to the socket with it, whereas a
 * thread blocked in recv() keeps it.  So each waiting op gets a duplicate of
 * its own before the close, and waits on that.  This goes for those as well
 * that an event has let try again and that have not done so yet: they stay on
 * the list (FIRED) until they begin again or give up.  A close that comes in
 * the middle of a try waits for its end: it may have moved something already.
 */
#include "ring/sched.h"

#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>

#define CHUNK 1024		/* descriptors in a chunk of the table */
#define CHUNKS 1024		/* 2^20 descriptors: fs.nr_open's default */
#define EVENTS 256		/* a batch of epoll_wait() */
#define ANY_EDGE                                                        \
	(EPOLLIN | EPOLLOUT | EPOLLPRI | EPOLLRDHUP | EPOLLRDNORM |     \
	 EPOLLRDBAND | EPOLLWRNORM | EPOLLWRBAND | EPOLLMSG | EPOLLET)
#define UD_WAKE UINT64_MAX

/* ns that close() waits for another's try, which a busy machine may keep from its
   CPU for a second, and for one to accept; in naps when the first is over */
#define TRY_MAX 10000000000
#define ACCEPT_MAX 100000000
#define TRY_NAP 1000000

struct efd {
	struct spin lock;
	uint32_t gen;		/* of the registration, in the event's data */
	uint32_t seq;		/* events seen */
	uint32_t drained;	/* .seq when a receive emptied it */
	uint32_t trying;	/* ops that are being tried */
	uint8_t registered, is_drained, accepting, ended, shut;
	struct op *head, *tail;
};

static struct efd *_Atomic table[CHUNKS];
static int ep = -1, wake_fd = -1;
static struct carrier *_Atomic poller;

/* A carrier's share: what it sleeps on when it is not the poller. */
struct share {
	_Atomic uint32_t word;	/* 1: woken */
};

static struct efd *efd_of(int fd)
{
	struct efd *none = NULL, *chunk;
	unsigned n = (unsigned)fd;

	if (n >= CHUNK * CHUNKS)
		return NULL;
	chunk = atomic_load_explicit(&table[n / CHUNK], memory_order_acquire);
	if (unlikely(!chunk)) {
		chunk = ring_map(CHUNK * sizeof(*chunk));
		if (!chunk)
			return NULL;
		if (!atomic_compare_exchange_strong(&table[n / CHUNK], &none,
						    chunk)) {
			sys_munmap(chunk, CHUNK * sizeof(*chunk));
			chunk = none;
		}
	}
	return &chunk[n % CHUNK];
}

/* The same, but NULL if nobody has asked for it yet. */
static struct efd *efd_made(int fd)
{
	unsigned n = (unsigned)fd;

	return n < CHUNK * CHUNKS && atomic_load(&table[n / CHUNK]) ?
		       efd_of(fd) : NULL;
}

/* --- the list of an efd, under its lock ------------------------------------- */

/* op.seq says whether op is on a list. */
static void enlist(struct efd *e, struct op *op)
{
	op->seq = 1;
	op->next = NULL;
	op->prev = e->tail;
	if (e->tail)
		e->tail->next = op;
	else
		e->head = op;
	e->tail = op;
}

static void delist(struct efd *e, struct op *op)
{
	if (op->prev)
		op->prev->next = op->next;
	else
		e->head = op->next;
	if (op->next)
		op->next->prev = op->prev;
	else
		e->tail = op->prev;
	op->seq = 0;
}

static bool is_armed(struct op *op)
{
	return atomic_load_explicit(&op->state, memory_order_relaxed) ==
	       OP_ARMED;
}

/* op is not to be woken any more. */
static void disarm(struct op *op, enum op_state s)
{
	atomic_fetch_sub_explicit(&op->carrier->armed, 1,
				  memory_order_relaxed);
	atomic_store(&op->state, s);
}

/* Under the lock of op's efd, which keeps op, on its list, where it is. */
static void fire(struct carrier *here, struct op *op)
{
	disarm(op, OP_FIRED);
	thread_wake_from(here, op->thread, WAKE_UP);
}

/* epoll's bits are poll's: EPOLLIN == POLLIN and so on. */
static bool wants(const struct op *op, uint32_t events)
{
	return events & (op->events | EPOLLERR | EPOLLHUP |
			 (op->events & POLLIN ? EPOLLRDHUP : 0u));
}

/* Let try again whom an event of these kinds concerns: every OP_POLL, and
   the first of those that take something away, for either direction. */
static void fire_list(struct carrier *here, struct efd *e, uint32_t events)
{
	uint32_t taken = 0;

	for (struct op *op = e->head; op; op = op->next) {
		if (!is_armed(op) || !wants(op, events))
			continue;
		if (op->kind != OP_POLL) {
			if (taken & op->events)
				continue;
			taken |= op->events;
		}
		fire(here, op);
	}
}

/* op has taken something off its descriptor; there may be more. */
static void pass_on(struct carrier *here, struct efd *e, const struct op *op)
{
	uint32_t events = op->events;

	if (op->kind == OP_ACCEPT)
		e->accepting = 0;
	if (!e->head)
		return;
	fire_list(here, e, events);
}

/* --- arming ------------------------------------------------------------------ */

/* Under e's lock.  0 or -errno. */
static int register_fd(struct efd *e, int fd)
{
	struct epoll_event ev = { .events = ANY_EDGE };
	long r;

	ev.data.u64 = (uint64_t)++e->gen << 32 | (uint32_t)fd;
	r = sys4(SYS_epoll_ctl, ep, EPOLL_CTL_ADD, fd, SYS_P(&ev));
	if (r == -EEXIST)
		r = sys4(SYS_epoll_ctl, ep, EPOLL_CTL_MOD, fd, SYS_P(&ev));
	e->registered = r == 0;
	e->is_drained = e->ended = e->shut = 0;
	return (int)r;
}

/* Is there any use in trying? */
static bool may_try(struct efd *e, const struct op *op)
{
	if (op->kind == OP_ACCEPT)
		return !e->accepting;
	return op->kind != OP_RECV || !(op->hints & OP_DRAINED) ||
	       !e->is_drained || e->ended || e->drained != e->seq;
}

/* Put op on the list, unless something has happened since seq was read.
   Under e's lock.  1: armed; 0: try again; -errno. */
static int arm(struct carrier *c, struct efd *e, struct op *op, uint32_t seq)
{
	if (!e->registered) {
		/* registering looks at the state there is: an edge at once
		   if it is ready */
		int r = register_fd(e, op->fd);

		if (r)
			return r;
	} else if (e->seq != seq) {
		return 0;
	}
	atomic_store(&op->state, OP_ARMED);
	atomic_fetch_add_explicit(&c->armed, 1, memory_order_relaxed);
	enlist(e, op);
	return 1;
}

static void own_closed(struct op *op)
{
	if (op->hints & OP_OWNFD) {
		op->hints &= (uint16_t)~OP_OWNFD;
		engine_epoll.forget(op->fd);
		fd_high_close(op->fd);
		/* begun again, it is for what has the number now */
		op->fd = op->given;
	}
}

/* e is locked before and after, and not in between; a close waits for the end. */
static void look_unlocked(struct efd *e, struct op *op)
{
	e->trying++;
	spin_unlock(&e->lock);
	op_look(op);
	spin_lock(&e->lock);
	e->trying--;
}

/* One try; the same. */
static bool try_unlocked(struct efd *e, struct op *op)
{
	bool done;

	if (op->kind == OP_ACCEPT)
		e->accepting = 1;
	e->trying++;
	spin_unlock(&e->lock);
	done = op_try(op);
	spin_lock(&e->lock);
	e->trying--;
	if (op->kind == OP_ACCEPT && !done)
		e->accepting = 0;
	return done;
}

/*
 * The efd of op, locked, with op off its list.  As long as it was on it, its
 * descriptor could be exchanged for a duplicate (detach()).  NULL without
 * memory.
 */
static struct efd *take_up(struct op *op)
{
	for (;;) {
		int fd = *(volatile int *)&op->fd;
		struct efd *e = efd_of(fd);

		if (!e)
			return NULL;
		spin_lock(&e->lock);
		if (likely(op->fd == fd)) {
			if (op->seq)
				delist(e, op);
			return e;
		}
		spin_unlock(&e->lock);
	}
}

static bool epoll_start(struct carrier *c, struct op *op)
{
	struct efd *e = take_up(op);
	bool done = false;
	uint32_t seq;
	int r;

	if (!e)		/* no memory for the table */
		return op_refuse(op);
	do {
		seq = e->seq;
		if (may_try(e, op))
			done = try_unlocked(e, op) ||
			       (unlikely(e->shut) && op_shut(op));
		r = done ? 1 : arm(c, e, op, seq);
	} while (r == 0);
	if (done) {
		if (op->kind == OP_RECV) {
			e->is_drained = op->hints & OP_DRAINED && op->res > 0;
			e->drained = seq;
		}
		pass_on(c, e, op);
	}
	spin_unlock(&e->lock);
	if (r < 0)	/* the kernel registers no more */
		done = op_refuse(op);
	/* what is for libc to go on with is of the same file */
	if (done && !(op->hints & OP_LIBCS))
		own_closed(op);
	return done;
}

static bool epoll_cancel(struct op *op)
{
	struct carrier *here = carrier_here();
	struct efd *e = take_up(op);

	if (!e)
		return true;
	if (is_armed(op))
		disarm(op, OP_NEW);
	else	/* it was let try, and will not: the next one may */
		fire_list(here, e, op->events);
	if (op->hints & OP_LOOK)
		look_unlocked(e, op);
	spin_unlock(&e->lock);
	own_closed(op);
	return true;
}

/* --- collecting ---------------------------------------------------------------- */

static void on_event(struct carrier *here, const struct epoll_event *ev)
{
	uint32_t gen = (uint32_t)(ev->data.u64 >> 32);
	struct efd *e;

	e = efd_of((int)(uint32_t)ev->data.u64);
	spin_lock(&e->lock);
	if (e->registered && e->gen == gen) {
		e->seq++;
		if (ev->events &
		    (EPOLLRDHUP | EPOLLHUP | EPOLLERR | EPOLLPRI))
			e->ended = 1;
		if (ev->events & (EPOLLRDHUP | EPOLLHUP))
			e->shut = 1;
		fire_list(here, e, ev->events);
	}
	spin_unlock(&e->lock);
}

static void drain_wake(void)
{
	uint64_t n;

	sys3(SYS_read, wake_fd, SYS_P(&n), sizeof(n));
}

/* The wake-up is the poller's: another that looks must leave it, or the
   poller goes back to sleep. */
static void collect(struct carrier *here, const struct timespec *timeout)
{
	struct epoll_event ev[EVENTS];
	int n = (int)sys6(SYS_epoll_pwait2, ep, SYS_P(ev), EVENTS,
			  SYS_P(timeout), 0, 8);

	for (int i = 0; i < n; i++) {
		if (ev[i].data.u64 != UD_WAKE)
			on_event(here, &ev[i]);
		else if (atomic_load(&poller) == here)
			drain_wake();
	}
}

static void epoll_poll(struct carrier *c)
{
	static const struct timespec zero;

	collect(c, &zero);
}

static struct timespec *left_until(int64_t deadline, struct timespec *ts)
{
	int64_t ns;

	if (deadline == FOREVER)
		return NULL;
	ns = deadline - now_ns();
	ts->tv_sec = ns > 0 ? ns / 1000000000 : 0;
	ts->tv_nsec = ns > 0 ? ns % 1000000000 : 0;
	return ts;
}

static void sleep_aside(struct carrier *c, int64_t deadline)
{
	struct share *s = c->engine;
	struct timespec ts = { .tv_sec = deadline / 1000000000,
			       .tv_nsec = deadline % 1000000000 };

	if (!atomic_load(&s->word))
		sys_futex_wait(&s->word, 0, deadline == FOREVER ? NULL : &ts);
	atomic_store(&s->word, 0);
}

static void epoll_wait_(struct carrier *c, int64_t deadline)
{
	struct share *s = c->engine;
	struct carrier *none = NULL;
	struct timespec ts;

	if (!atomic_compare_exchange_strong(&poller, &none, c)) {
		sleep_aside(c, deadline);
		return;
	}
	/* woken between .sleeping and here: wake() found no poller */
	if (!atomic_exchange(&s->word, 0))
		collect(c, left_until(deadline, &ts));
	atomic_store(&poller, NULL);
	/* Somebody must watch while this carrier runs what it has found, or
	   if it is not to run anything any more.  (If what it runs takes
	   long, epoll_rescue() sees to it.) */
	if (atomic_load(&c->runq.len) > 1 ||
	    atomic_load(&c->mode) != CARRIER_ACTIVE)
		carrier_rouse_idle();
}

static void epoll_wake(struct carrier *c)
{
	static const uint64_t one = 1;
	struct share *s = c->engine;

	atomic_store(&s->word, 1);
	if (atomic_load(&poller) == c)
		sys3(SYS_write, wake_fd, SYS_P(&one), sizeof(one));
	else
		sys_futex_wake(&s->word, 1);
}

/* Nobody polls while the carrier that did is stuck: have it done, by the
   monitor if there is nobody else. */
static void epoll_rescue(struct carrier *c)
{
	static const struct timespec zero;

	(void)c;
	if (!atomic_load(&poller) && !carrier_rouse_idle())
		collect(NULL, &zero);
}

/* --- opening, closing ------------------------------------------------------------- */

static void close_shared(void)
{
	if (wake_fd >= 0)
		fd_high_close(wake_fd);
	fd_high_close(ep);
	ep = wake_fd = -1;
}

static int open_shared(void)
{
	static const struct timespec zero;
	struct epoll_event ev = { .events = EPOLLIN };
	long r;

	ev.data.u64 = UD_WAKE;
	r = sys3(SYS_epoll_create1, EPOLL_CLOEXEC, 0, 0);
	if (r < 0)
		return (int)r;
	ep = fd_to_high((int)r);
	r = sys3(SYS_eventfd2, 0, EFD_CLOEXEC | EFD_NONBLOCK, 0);
	if (r >= 0) {
		wake_fd = fd_to_high((int)r);
		r = sys4(SYS_epoll_ctl, ep, EPOLL_CTL_ADD, wake_fd, SYS_P(&ev));
	}
	if (r >= 0)	/* older kernels (5.10) do not have that one */
		r = sys6(SYS_epoll_pwait2, ep, SYS_P(&ev), 1, SYS_P(&zero), 0,
			 8);
	if (r < 0)
		close_shared();
	return r < 0 ? (int)r : 0;
}

static int epoll_open(struct carrier *c)
{
	c->engine = ring_map(sizeof(struct share));
	if (!c->engine)
		return -ENOMEM;
	return ep < 0 ? open_shared() : 0;
}

/* Give op a duplicate of its descriptor, and let its thread arm that.  Under
   the lock of op's efd. */
static void detach(struct efd *e, struct op *op)
{
	int fd = fd_high_dup(op->fd);

	delist(e, op);
	if (fd >= 0) {
		op->hints |= OP_OWNFD;
		op->given = op->fd;
		*(volatile int *)&op->fd = fd;
	}
	if (is_armed(op))
		fire(NULL, op);
}

/* A try is under way that may yet find another file under the number.  It is
   short, unless the kernel has taken the CPU away, which may be for long; but an
   accept() may block after all, and close() is not to. */
static void await_tries(struct efd *e)
{
	static const struct timespec nap = { 0, TRY_NAP };
	int64_t begun = e->trying ? now_ns() : 0, taken = 0;

	while (e->trying && taken < (e->accepting ? ACCEPT_MAX : TRY_MAX)) {
		spin_unlock(&e->lock);
		if (taken < TRY_NAP)
			sys3(SYS_sched_yield, 0, 0, 0);
		else
			sys3(SYS_nanosleep, SYS_P(&nap), 0, 0);
		spin_lock(&e->lock);
		taken = now_ns() - begun;
	}
}

/* One that has never been registered may be about to be: its lock is held, or
   somebody tries. */
static void epoll_forget(int fd)
{
	struct efd *e = efd_made(fd);

	if (!e)
		return;
	spin_lock(&e->lock);
	await_tries(e);
	while (e->head)
		detach(e, e->head);
	e->registered = 0;
	e->seq++;
	spin_unlock(&e->lock);
}

/* All who wait on fd try again; under a new registration, or the same. */
static void all_again(int fd, bool anew)
{
	struct efd *e = efd_made(fd);

	if (!e)
		return;
	spin_lock(&e->lock);
	for (struct op *op = e->head; op; op = op->next)
		if (is_armed(op))
			fire(NULL, op);
	if (anew)
		e->registered = 0;
	e->seq++;
	spin_unlock(&e->lock);
}

/* Who has begun to wait since epoll_forget() did so too late, or for a file
   that has the number anew. */
static void epoll_closed(int fd)
{
	all_again(fd, true);
}

/* Of a UNIX stream that can't be sent to any more there is no event. */
static void epoll_stir(int fd)
{
	all_again(fd, false);
}

static void epoll_child(void)
{
	ep = wake_fd = -1;
	atomic_store(&poller, NULL);
	for (int i = 0; i < CHUNKS; i++) {
		struct efd *chunk = atomic_load(&table[i]);

		if (chunk)
			__builtin_memset(chunk, 0, CHUNK * sizeof(*chunk));
	}
}

const struct engine engine_epoll = {
	.name = "epoll",
	.open = epoll_open,
	.start = epoll_start,
	.cancel = epoll_cancel,
	.poll = epoll_poll,
	.wait = epoll_wait_,
	.wake = epoll_wake,
	.rescue = epoll_rescue,
	.forget = epoll_forget,
	.closed = epoll_closed,
	.stir = epoll_stir,
	.child = epoll_child,
};
