/*
 * load_run.c - the clock and the loop
 *
 * Closed loop: a connection that has its answer asks again.  Open loop: a
 * request is due at t0 + k / rate whether or not a connection is free for it;
 * it goes to the one that has been free longest, or waits for the next to
 * become free, and its latency counts from the time it was due.  So a server
 * that stalls is charged for every request that it held up, and one that was
 * never sent counts with the time it had waited at the end.
 *
 * What counts.  After the warm-up: in the rate, answers that arrive before the
 * end; among the latencies, requests that start before the end, which are
 * waited for.  Errors count always.
 */
#include "load_conn.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#define EVENTS		1024
#define AT_ONCE		256	/* connects in flight before the run */
#define TICK		100000000	/* ns between looks at the timeouts */
#define SPIN		60000	/* ns: too short to sleep exactly */
#define NEVER		UINT64_MAX

struct run run;

static volatile sig_atomic_t interrupted;

/*
 * The ends of what counts: the CPU time of another process is noted there, and
 * whoever wants to read more of its state is told.
 */
static struct {
	uint64_t cpu;		/* at the start of what counts */
	bool started, ended;
} noted;

void run_tick(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	run.now = (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

uint64_t run_due(uint64_t k)
{
	return run.t0 + (uint64_t)((double)k * (SECOND / run.opt->rate));
}

/* The CPU time of the process that was asked for, in ns, or 0. */
static uint64_t cpu_now(void)
{
	struct timespec t;
	clockid_t clock;

	if (!run.opt->cpu_of || clock_getcpuclockid(run.opt->cpu_of, &clock) ||
	    clock_gettime(clock, &t))
		return 0;
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

static void mark(const char *line)
{
	if (run.opt->marks >= 0 &&
	    write(run.opt->marks, line, strlen(line)) < 0)
		stop(LOAD_BROKEN, "--marks: %s", strerror(errno));
}

/* Note the start and the end of what counts, when they have come. */
static void note(bool end)
{
	if (!noted.started && run.now >= run.from) {
		noted.started = true;
		noted.cpu = cpu_now();
		mark("from\n");
	} else if (noted.started && !noted.ended &&
		   (end || run.now >= run.until)) {
		noted.ended = true;
		run.res->cpu = cpu_now() - noted.cpu;
		mark("until\n");
	}
}

/* How long to wait for events, in ns. */
static uint64_t patience(void)
{
	uint64_t wait = TICK, next;

	if (run.until > run.now && run.until - run.now < wait)
		wait = run.until - run.now;
	if (TAILQ_EMPTY(&run.idle) || run.stopping)
		return wait;
	next = run.opt->rate > 0 ? run_due(run.due) : run.now;
	if (next < run.now + SPIN)
		return 0;
	if (next - run.now < wait)
		wait = next - run.now;
	return wait;
}

/* One event; a long batch of them can be much of a short run. */
static void take(struct conn *c, uint32_t events)
{
	conn_event(c, events);
	note(false);
}

static void events(uint64_t wait)
{
	static struct epoll_event ev[EVENTS];
	struct timespec t = { .tv_nsec = (long)wait };
	int n = epoll_pwait2(run.epoll, ev, EVENTS, &t, NULL);

	if (n < 0 && errno != EINTR)
		stop(LOAD_BROKEN, "epoll_pwait2: %s", strerror(errno));
	for (int i = 0; i < n; i++)
		take(ev[i].data.ptr, ev[i].events);
	run_tick();
}

static void await(const struct conn *c)
{
	while (c->state == BUSY && !interrupted) {
		events(TICK);
		conn_expire();
	}
}

/*
 * Before the clock starts, make the connections and one request on each, a few
 * at a time: so all are accepted, and have their thread if the server works
 * that way, before there is any load.  With --close=N they start at different
 * ages, so as not to end all at once.
 */
static void connect_all(void)
{
	run.stopping = true;
	for (unsigned int i = 0; i < run.opt->conns; i++) {
		if (run.opt->life)
			run.conns[i].served = i % (run.opt->life - 1);
		conn_begin(&run.conns[i], run.now);
		if (i >= AT_ONCE)
			await(&run.conns[i - AT_ONCE]);
	}
	for (unsigned int i = 0; i < run.opt->conns; i++)
		await(&run.conns[i]);
	run.stopping = false;
	if (run.res->faults[FAULT_CONNECT])
		stop(LOAD_ERRORS, "%s: cannot make %u connections: %s",
		     run.opt->target, run.opt->conns, strerror(run.res->why));
}

static void progress(void)
{
	static uint64_t last;

	if (run.now - last < 1000000000)
		return;
	last = run.now;
	report_progress(run.res, (double)(run.now - run.t0) / SECOND);
}

/* Requests that were due before the end and were never sent. */
static void count_unsent(void)
{
	uint64_t at;

	if (run.opt->rate <= 0 || run.until == NEVER)
		return;
	for (; (at = run_due(run.due)) < run.until; run.due++) {
		if (at < run.from)
			continue;
		run.res->unsent++;
		hist_add(&run.res->latency, run.until - at, 1);
	}
}

static void interrupt(int sig)
{
	(void)sig;
	interrupted = 1;
}

static void start(void)
{
	struct sigaction stop_it = { .sa_handler = interrupt };

	sigaction(SIGINT, &stop_it, NULL);
	sigaction(SIGTERM, &stop_it, NULL);
	prctl(PR_SET_TIMERSLACK, 1);
	TAILQ_INIT(&run.idle);
	TAILQ_INIT(&run.timed);
	run.epoll = epoll_create1(EPOLL_CLOEXEC);
	run.conns = must_alloc(calloc(run.opt->conns, sizeof(*run.conns)));
	run.timeout = (uint64_t)(run.opt->timeout * SECOND);
	run.from = run.until = NEVER;
	run_tick();
	run.t0 = run.now;
	for (unsigned int i = 0; i < run.opt->conns; i++) {
		run.conns[i].fd = -1;
		conn_enter(&run.conns[i], DOWN);
	}
}

static void start_clock(void)
{
	run_tick();
	run.t0 = run.now;
	run.from = run.t0 + (uint64_t)(run.opt->warmup * SECOND);
	if (!run.opt->requests)
		run.until = run.from + (uint64_t)(run.opt->seconds * SECOND);
}

void load_run(const struct options *o, struct results *r)
{
	run.opt = o;
	run.res = r;
	start();
	if (run.opt->life != 1)
		connect_all();
	start_clock();
	note(false);
	while (!run.stopping || run.busy) {
		conn_dispatch();
		events(patience());
		conn_expire();
		progress();
		if (interrupted)
			break;
		if (run.now >= run.until)
			run.stopping = true;
		note(false);
	}
	note(true);
	report_progress_end();
	r->interrupted = interrupted;
	if (run.now < run.until)
		run.until = run.now;
	if (run.until > run.from)
		r->seconds = (double)(run.until - run.from) / SECOND;
	count_unsent();
}
