/*
 * load_conn.h - what load_conn.c and load_run.c share
 *
 * The run decides when, a connection knows how: load_run.c owns the clock and
 * the loop and calls the functions here; load_conn.c asks the run for the time
 * and moves its connections between the two lists.
 */
#ifndef LOAD_CONN_H
#define LOAD_CONN_H

#include "load.h"

#include <sys/queue.h>

enum state { DOWN, IDLE, BUSY, CLOSING };

struct conn {
	TAILQ_ENTRY(conn) link;
	int fd;
	enum state state;
	bool up;		/* the connection was made */
	bool out;		/* EPOLLOUT is being watched */
	uint32_t late;		/* answers given up that may still come (UDP) */
	uint32_t seq;		/* requests so far */
	uint32_t served;	/* answers on this connection */
	size_t sent;
	uint64_t start;		/* when the request was due or began */
	uint64_t since;		/* when it entered its state */
	struct answer answer;
};

TAILQ_HEAD(conn_list, conn);

struct run {
	const struct options *opt;
	struct results *res;
	struct conn *conns;
	struct conn_list idle;	/* DOWN or IDLE, free for longest first */
	struct conn_list timed;	/* BUSY or CLOSING, for longest first */
	unsigned int busy;	/* how many are BUSY */
	unsigned int failed_in_a_row;	/* connects */
	uint64_t now;		/* as of the last run_tick() */
	uint64_t t0;		/* the start of the run */
	uint64_t from;		/* the end of the warm-up */
	uint64_t until;		/* the end of what counts, or UINT64_MAX */
	uint64_t timeout;
	uint64_t begun;		/* requests since the warm-up */
	uint64_t due;		/* requests of the open loop, in all */
	bool stopping;		/* no new requests */
	int epoll;
};

extern struct run run;

/* Read the clock. */
void run_tick(void);

/* When request number @k of the open loop is due. */
uint64_t run_due(uint64_t k);

/* Put a connection that is in no list in @state, or one that is in another. */
void conn_enter(struct conn *c, enum state state);
void conn_move(struct conn *c, enum state state);

/* Take what epoll reports of a connection. */
void conn_event(struct conn *c, uint32_t events);

/* Make a request that was due at @start on a connection that is free. */
void conn_begin(struct conn *c, uint64_t start);

/* Give those that are free, longest first, the requests that are due. */
void conn_dispatch(void);

/* Give up those that have been busy for too long. */
void conn_expire(void);

#endif
