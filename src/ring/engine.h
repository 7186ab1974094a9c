/*
 * engine.h - how an engine is driven: the one seam between waiting and the
 * kernel's ways of telling that a wait is over
 *
 * Two engines, engine_uring.c and engine_epoll.c; nothing else in the tree
 * knows which of them runs.  Each carrier c opens its own share of the
 * engine (c->engine).
 */
#ifndef RING_ENGINE_H
#define RING_ENGINE_H

#include "ring/op.h"

struct engine {
	const char *name;

	/* Open c's share.  On c's kernel thread.  0 or -errno. */
	int (*open)(struct carrier *c);

	/*
	 * Begin op, of a thread that is away on c and has called
	 * park_prepare().  True if it is finished already; else op->state is
	 * OP_ARMED, and will become OP_DONE or OP_FIRED (then begin again),
	 * upon which the thread is woken.
	 */
	bool (*start)(struct carrier *c, struct op *op);

	/*
	 * Give op up, called by its thread, wherever it is.  True if op
	 * is the thread's again, after op_look() (else nothing was moved since
	 * op->done); false if its OP_DONE must still be waited for.
	 */
	bool (*cancel)(struct op *op);

	/* Begin what is still to be begun and collect what is finished,
	   without waiting.  On c's kernel thread. */
	void (*poll)(struct carrier *c);

	/* The same, waiting until something is finished, deadline (absolute
	   nanoseconds of CLOCK_MONOTONIC) has come, or wake(c). */
	void (*wait)(struct carrier *c, int64_t deadline);

	/* End c's wait, or its next one.  Any thread, no locks. */
	void (*wake)(struct carrier *c);

	/* c is stuck: have what it began served without it.  By the monitor. */
	void (*rescue)(struct carrier *c);

	/* In the middle of whatever c was doing, in a signal handler on its
	   kernel thread: see monitor.c.  NULL: rescue() needs nothing of it. */
	void (*kicked)(struct carrier *c);

	/* fd is about to be closed or replaced.  Any thread. */
	void (*forget)(int fd);

	/* fd has been closed, and may be another's by now.  Any thread.
	   NULL: forget() was enough. */
	void (*closed)(int fd);

	/* fd has been shut down, of which not every wait is told: those who wait
	   try again.  Any thread.  NULL: they are told. */
	void (*stir)(int fd);

	/* In a forked child, whose inherited descriptors are closed: forget
	   everything. */
	void (*child)(void);
};

extern const struct engine engine_uring, engine_epoll;

#endif
