/*
 * count_bpf.h - what ring_count.bpf.c and its loader agree on
 *
 * Every map is keyed by process (tgid): the threads of a process are counted
 * together, however many come and go.
 */
#ifndef COUNT_BPF_H
#define COUNT_BPF_H

/* Slot i of a histogram holds delays of [2^i, 2^(i+1)) microseconds; the
   first also what is shorter, the last also what is longer. */
#define DELAY_SLOTS 24

/* In place of a system call's number: none. The thread was in its own code,
   or the kernel had it stop for a page fault. */
#define NO_CALL 0xffffu
#define CALLS_MAX 1024u	/* numbers above are counted as NO_CALL */

/* count_proc.flags of a process */
#define PROC_EXITED 1u

/* Of a process, one copy a CPU. */
struct count_hot {
	unsigned long long voluntary, involuntary;
	unsigned long long syscalls;
	unsigned long long wakeups, migrations;
	unsigned long long submitted;		/* io_uring requests */
	/* of the kernel's own io_uring workers, which run in the process's
	   name: not part of the numbers above */
	unsigned long long worker_switches, worker_wakeups, workers;
	unsigned long long delays, delay_ns;	/* on a run queue */
	unsigned long long delay[DELAY_SLOTS];
};

/* Of a process, once. Times are the kernel's, in ns. */
struct count_who {
	unsigned int parent;
	unsigned int flags;
	unsigned int execs, threads;		/* it has made */
	unsigned long long utime, stime;	/* of the dead process */
	char comm[16];
};

struct count_call_key {
	unsigned int tgid, nr;
};

/* Of a process and a system call, one copy a CPU. */
struct count_call {
	unsigned long long calls, voluntary, involuntary;
};

/* Of a thread: since when it has been waiting for a CPU; 0: it is not. */
struct count_thread {
	unsigned long long runnable;
};

#endif
