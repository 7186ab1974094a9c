/*
 * stress.h - what the parts of the stress program share; see stress.c
 */
#ifndef STRESS_H
#define STRESS_H

#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define MAX_SLOTS 128
#define MAX_SPOTS 4096

/* Where one thread is, for whoever wants to know why nothing goes on. */
struct spot {
	_Atomic int used;
	int slot;
	const char *what; /* literals: the parent was forked, not exec'd */
	int line;
	/* below: the worker process's own */
	pthread_mutex_t lock; /* over live */
	pthread_t thread;
	bool live; /* may be sent a signal */
};

/* What one slot has done.  Sums are over all bytes, each weighed with its place
   in its stream; what is sent and what is received must add up to the same. */
struct tally {
	_Atomic uint64_t rounds, sent, sent_sum, received, received_sum;
	_Atomic uint64_t signals;
};

/* Shared between the parent, the worker and the worker's children. */
struct board {
	_Atomic bool stop;
	_Atomic bool failed;
	struct tally tally[MAX_SLOTS];
	struct spot spots[MAX_SPOTS];
};

extern struct board *board;
extern _Thread_local struct spot *me;

/* --- numbers ------------------------------------------------------------- */

struct rng {
	uint64_t s;
};

uint64_t rnd(struct rng *r);
/* 0 to n - 1 */
uint32_t below(struct rng *r, uint32_t n);
/* A generator for one of several uses within a round. */
struct rng fork_rng(struct rng *r);

/* --- slots and threads ---------------------------------------------------- */

/* A slot does rounds of one kind of work.  What a round does follows from the
   seed, the slot's number and the round's alone. */
struct slot {
	int nr;
	const struct kind *kind;
	uint64_t round;
	struct rng rng;
};

struct kind {
	const char *name;
	void (*round)(struct slot *s);
};

extern struct slot slots[MAX_SLOTS];
extern int n_slots;

/* As on the command line. */
struct options {
	double seconds;
	uint64_t rounds, seed;
	int each, hang, pests;
	const char *kinds;
	bool verbose, keep;
};

extern struct options opt;

/* Watch the worker until it ends; its status.  Leaves by exit() on a hang. */
int watch(pid_t worker);
/* Tell the totals; the program's exit status. */
int report(int status);

extern const struct kind kinds_io[], kinds_lock[], kinds_life[];

struct task {
	pthread_t thread;
	struct slot *slot;
	void *(*run)(void *arg);
	void *arg;
};

/* Start a thread of the slot's that pests may send signals to. */
void task_start(struct task *t, struct slot *s, void *(*run)(void *),
		void *arg);
/* The same, detached; t is the thread's until it ends. */
void task_start_detached(struct task *t, struct slot *s, void *(*run)(void *),
			 void *arg);
void *task_join(struct task *t);
/* In a forked child: there are no other threads. */
void spots_after_fork(void);

/* "here" tells where this thread is. */
#define HERE(text) (me->what = (text), me->line = __LINE__)

/* One line on stderr, and the process ends with status 1. */
_Noreturn void fail(const char *file, int line, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
#define FAIL(...)   fail(__FILE__, __LINE__, __VA_ARGS__)
#define CHECK(cond) ((cond) ? (void)0 : FAIL("not so: %s", #cond))

/* A call that must not return -1, and one that must return 0 or an error
   number that is none. */
#define OK(call)                                                \
	({                                                      \
		HERE(#call);                                    \
		__auto_type r_ = (call);                        \
		if (r_ == -1)                                   \
			FAIL("%s: %s", #call, strerror(errno)); \
		r_;                                             \
	})
#define OK0(call)                                            \
	({                                                   \
		HERE(#call);                                 \
		int e_ = (call);                             \
		if (e_)                                      \
			FAIL("%s: %s", #call, strerror(e_)); \
	})

int64_t now(clockid_t clock);
struct timespec in_ns(clockid_t clock, int64_t ns);
/* A sleep that signals do not shorten. */
void nap(int64_t ns);

/* --- streams of bytes (flow.c) -------------------------------------------- */

/* One end of a stream whose every byte follows from key and place. */
struct flow {
	struct tally *tally;
	uint64_t key;
	uint64_t at;
};

enum medium {
	PIPE,
	SOCKETPAIR,
	UNIX,
	TCP,
	MEDIA
};

void flow_fill(struct flow *f, void *buf, size_t len);
void flow_sent(struct flow *f, const void *buf, size_t len);
void flow_received(struct flow *f, const void *buf, size_t len);
/* Send or receive exactly len more bytes, in pieces and by calls that r says. */
void flow_send(struct flow *f, int fd, enum medium m, size_t len,
	       struct rng *r);
void flow_recv(struct flow *f, int fd, enum medium m, size_t len,
	       struct rng *r);
/* The stream ends here. */
void flow_end(struct flow *f, int fd, struct rng *r);

/* fd[0] is for reading, fd[1] for writing. */
void open_pair(enum medium m, int fd[2]);
/* A listening socket, and a connection to it. */
int open_listener(enum medium m);
int connect_to(enum medium m, int listener);

#endif
