/*
 * count.h - what the files of ring-count share
 *
 * A thing that is counted is a metric, one row of METRICS below: its name in
 * machine-readable output, what it is called in prose, and who measures it.
 * Every process, and all of them together, has an array of them.
 */
#ifndef COUNT_H
#define COUNT_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

#include "count_bpf.h"

#define SCHEMA "ring-count/1"

/* Who measures: the kernel programs, the kernel's own accounts, or the shim
   in the process. FROM_KERNEL is of the backend's: bpf, or /proc. */
enum source { FROM_BPF, FROM_KERNEL, FROM_ACCOUNTS, FROM_SHIM };

#define METRICS(M)                                                            \
	M(VOLUNTARY, "voluntary_switches", FROM_KERNEL)                       \
	M(INVOLUNTARY, "involuntary_switches", FROM_KERNEL)                   \
	M(SYSCALLS, "syscalls", FROM_BPF)                                     \
	M(WAKEUPS, "wakeups", FROM_BPF)                                       \
	M(MIGRATIONS, "migrations", FROM_BPF)                                 \
	M(SUBMITTED, "io_uring_requests", FROM_BPF)                           \
	M(WORKERS, "io_workers_started", FROM_BPF)                            \
	M(WORKER_SWITCHES, "io_worker_switches", FROM_BPF)                    \
	M(WORKER_WAKEUPS, "io_worker_wakeups", FROM_BPF)                      \
	M(DELAYS, "runqueue_waits", FROM_KERNEL)                              \
	M(DELAY_NS, "runqueue_wait_ns", FROM_KERNEL)                          \
	M(UTIME, "user_ns", FROM_ACCOUNTS)                                    \
	M(STIME, "kernel_ns", FROM_ACCOUNTS)                                  \
	M(PARKS, "shim_parks", FROM_SHIM)                                     \
	M(SENDS, "shim_parked_sends", FROM_SHIM)                              \
	M(USWITCHES, "shim_switches", FROM_SHIM)                              \
	M(CARRIER_WAITS, "shim_carrier_waits", FROM_SHIM)                     \
	M(OPS, "shim_ops", FROM_SHIM)                                         \
	M(HOME_PARKS, "shim_home_parks", FROM_SHIM)                           \
	M(WENT_HOME, "shim_went_home", FROM_SHIM)                             \
	M(THREADS, "shim_threads", FROM_SHIM)                                 \
	M(RECYCLED, "shim_threads_recycled", FROM_SHIM)                       \
	M(SAVED, "saved_switches", FROM_SHIM)

enum metric {
#define M(id, name, source) M_##id,
	METRICS(M)
#undef M
	N_METRICS
};

extern const char *const metric_names[N_METRICS];
extern const enum source metric_sources[N_METRICS];

struct proc {
	pid_t pid, parent;
	char comm[16];
	bool exited;
	bool over;		/* and looked at since */
	bool shim;		/* its counters have been found */
	int engine;		/* enum ring_shim_engine */
	int64_t v[N_METRICS];
	int64_t delay[DELAY_SLOTS];

	/* where the shim's counters are, and what the counters of the
	   kernel's accounts and of the shim were at the start */
	uint64_t shim_at;
	int64_t base[N_METRICS];
	bool based;
};

struct call {
	pid_t pid;		/* 0: of all together */
	unsigned nr;
	int64_t calls, voluntary, involuntary;
};

/* All that is known at one time. */
struct counts {
	double seconds;		/* since the start */
	bool starting;		/* what is there now has a past to leave out */
	struct proc *procs;
	size_t n_procs;
	struct call *calls;	/* those of all together first, most switches
				   first */
	size_t n_calls, n_total_calls;
	struct proc total;	/* .pid is 0 */
	int64_t drops;

	/* wait4()'s of the command and the children it waited for */
	bool command_ended;
	int64_t waited_voluntary, waited_involuntary;
};

/* The process with this pid, added if need be. */
struct proc *counts_proc(struct counts *c, pid_t pid);

/* --- backends ------------------------------------------------------------ */

struct target {
	pid_t pid;		/* -p, or the command's */
	const char *cgroup;	/* -c */
	bool command;
};

struct backend {
	const char *name;

	/*
	 * Make ready; nothing is counted yet. 0, or -1 with the reason and
	 * what to do about it in why.
	 */
	int (*open)(const struct target *t, char *why, size_t len);

	/* The command is about to be forked by this process. May be NULL. */
	void (*forking)(void);

	/* Begin; target->pid is there by now. 0 or -1 as above. */
	int (*start)(const struct target *t, struct counts *c, char *why,
		     size_t len);

	/* Bring up to date what is counted of every process. */
	void (*read)(struct counts *c);

	/* What the counting itself has cost, in words. May be NULL. */
	void (*overhead)(FILE *out, double seconds);

	void (*close)(void);
	unsigned long sources;	/* 1 << enum source: what it has */
};

extern const struct backend backend_bpf, backend_bpf_raw, backend_proc;

static inline bool has_metric(const struct backend *b, enum metric m)
{
	return b->sources >> metric_sources[m] & 1;
}

/* --- count_proc.c --------------------------------------------------------- */

/* Every process that descends from root, root included; returns how many. */
size_t proc_tree(pid_t root, pid_t *list, size_t max);

/* The members of a cgroup and of those below it. -1: no such cgroup. */
long cgroup_members(const char *path, pid_t *list, size_t max);

/* Its user and kernel time so far and its name; false if it is gone. */
bool proc_times(struct proc *p);
bool proc_exists(pid_t pid);

/* --- count_shim.c --------------------------------------------------------- */

/* A directory for what the shim counts in processes that are still to be
   started (RING_SHIM_STATS); gone at exit. NULL: there can be none. */
const char *shim_directory(void);

/* The shim's counters in a process; leaves them as they were if there are
   none, or no longer. */
void shim_read(struct proc *p);

/* --- output --------------------------------------------------------------- */

enum format { TEXT, JSON, CSV, OPENMETRICS };

struct report {
	FILE *out;
	enum format format;
	int top;
	bool color;
	const struct backend *backend;
	const char *what;	/* the command, pid or cgroup */
	const char *note;	/* what the user should know; may be NULL */
	double interval;
};

const char *call_name(unsigned nr, char *buf, size_t len);
double kernel_share(const struct proc *p);	/* 0 to 1, -1: unknown */
int64_t would_have(const struct proc *p);

/* An interval has passed: now, less before. */
void report_interval(struct report *r, const struct counts *now,
		     const struct counts *before);
void report_end(struct report *r, const struct counts *now);

void json_interval(struct report *r, const struct counts *now,
		   const struct counts *before);
void json_end(struct report *r, const struct counts *now);
void csv_rows(struct report *r, const struct counts *now,
	      const struct counts *before);
void openmetrics(struct report *r, const struct counts *now);

#endif
