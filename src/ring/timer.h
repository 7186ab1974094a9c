/*
 * timer.h - deadlines of waiting threads: a binary heap for each carrier
 */
#ifndef RING_TIMER_H
#define RING_TIMER_H

#include <stdbool.h>
#include <stdint.h>

struct thread;
struct carrier;

struct timers {
	struct {
		_Atomic uint32_t held;
	} lock;
	int n, room;
	struct thread **heap;
	_Atomic int64_t next;	/* the nearest deadline, FOREVER for none */
};

void timers_init(struct timers *h);

/* Put t into c's heap.  false if there was no memory.  Any thread. */
bool timer_add(struct carrier *c, struct thread *t, int64_t when);

/* Take t out of whatever heap it is in; when this returns, no expiry of the
   wait just ended is under way.  Any thread. */
void timer_del(struct thread *t);

/* Wake those whose time has come.  here: the carrier the caller is on. */
void timers_expire(struct carrier *c, struct carrier *here, int64_t now);

#endif
