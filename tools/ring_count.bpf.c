/*
 * ring_count.bpf.c - what ring-count has the kernel count
 *
 * Each program here is one tracepoint, in two forms: tp_btf, which reads the
 * kernel's structures directly, and raw_tp, for kernels without that kind,
 * which copies what it reads. The loader picks one of each pair. Structures
 * are declared below with the few members that are used, and relocated to the
 * running kernel's when loaded (CO-RE): nothing of it is needed to build.
 *
 * A process is followed if it is in .who: put there by the loader, or here
 * when one that is followed forks, or, with a cgroup to follow, when a member
 * of it is first seen. All counting is keyed by process.
 *
 * A switch is voluntary if the kernel counts it as such: the thread was not
 * preempted and was not running any more. The system call it blocked in is in
 * its saved registers, so that needs no probe of its own. Threads of the
 * kernel's that do io_uring's work carry the process's tgid, and are counted
 * apart (PF_IO_WORKER).
 *
 * Counters are a copy a CPU; still they are added to atomically, for the
 * programs of sys_enter may be preempted by one another. What finds no room
 * in a map is counted in .drops and shown.
 */
#include <linux/bpf.h>
#include <linux/types.h>

#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include <bpf/bpf_core_read.h>

#include "count_bpf.h"

#define PF_IO_WORKER 0x00000010
#define TASK_DEAD 0x80
#define THREAD_SIZE 16384	/* x86-64 */

/* ---- the kernel's ---- */

#pragma clang attribute push(__attribute__((preserve_access_index)), \
			     apply_to = record)

struct pt_regs {
	unsigned long orig_ax;
};

typedef struct {
	int counter;
} atomic_t;

struct signal_struct {
	atomic_t live;
	__u64 utime, stime;
};

struct task_struct {
	unsigned int __state;
	void *stack;
	unsigned int flags;
	int pid, tgid;
	struct task_struct *group_leader;
	__u64 utime, stime;
	struct signal_struct *signal;
	char comm[16];
};

/* before 5.14 */
struct task_struct___old {
	volatile long state;
};

/* to ask which helpers there are */
enum bpf_func_id___here {
	BPF_FUNC_task_pt_regs___here = 175,
};

#pragma clang attribute pop

/* ---- the loader's ---- */

const volatile __u32 by_cgroup;		/* follow the one in .cgroup */
const volatile __u32 state_given;	/* sched_switch tells prev_state */

__u32 seed;		/* the loader itself: what it forks is followed */
__u32 on;		/* count */

char LICENSE[] SEC("license") = "GPL";

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__type(key, __u32);
	__type(value, struct count_who);
	__uint(max_entries, 4096);
} who SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_HASH);
	__type(key, __u32);
	__type(value, struct count_hot);
	__uint(max_entries, 4096);
} hot SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_HASH);
	__type(key, struct count_call_key);
	__type(value, struct count_call);
	__uint(max_entries, 16384);
} calls SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__type(key, __u32);
	__type(value, struct count_thread);
	__uint(max_entries, 65536);
} threads SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_CGROUP_ARRAY);
	__type(key, __u32);
	__type(value, __u32);
	__uint(max_entries, 1);
} cgroup SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__type(key, __u32);
	__type(value, __u64);
	__uint(max_entries, 1);
} drops SEC(".maps");

/* ---- helpers ---- */

/* A member of a kernel structure; btf is a constant of the caller's. */
#define MEMBER(btf, p, m) ((btf) ? (p)->m : BPF_CORE_READ(p, m))

#define ADD(at, n) __sync_fetch_and_add(&(at), (n))

static const struct count_hot no_counts;
static const struct count_call no_call;

static __always_inline void dropped(void)
{
	__u32 zero = 0;
	__u64 *n = bpf_map_lookup_elem(&drops, &zero);

	if (n)
		ADD(*n, 1);
}

static __always_inline int follow(__u32 tgid, __u32 parent)
{
	struct count_who new = { .parent = parent };

	if (bpf_map_update_elem(&who, &tgid, &new, BPF_NOEXIST) == -7)
		dropped();
	return 0;
}

/* The counters of a process; NULL if it is not followed. */
static __always_inline struct count_hot *counters(__u32 tgid)
{
	struct count_hot *h = bpf_map_lookup_elem(&hot, &tgid);

	if (h)
		return h;
	if (!bpf_map_lookup_elem(&who, &tgid))
		return 0;
	bpf_map_update_elem(&hot, &tgid, &no_counts, BPF_NOEXIST);
	h = bpf_map_lookup_elem(&hot, &tgid);
	if (!h)
		dropped();
	return h;
}

/* The same for the current process, which may be new to the cgroup. */
static __always_inline struct count_hot *my_counters(__u32 tgid)
{
	struct count_hot *h = counters(tgid);

	if (h || !by_cgroup || !tgid ||
	    bpf_current_task_under_cgroup(&cgroup, 0) != 1)
		return h;
	follow(tgid, 0);
	return counters(tgid);
}

static __always_inline struct count_call *call_of(__u32 tgid, __u32 nr)
{
	struct count_call_key key = { .tgid = tgid, .nr = nr };
	struct count_call *c = bpf_map_lookup_elem(&calls, &key);

	if (c)
		return c;
	bpf_map_update_elem(&calls, &key, &no_call, BPF_NOEXIST);
	c = bpf_map_lookup_elem(&calls, &key);
	if (!c)
		dropped();
	return c;
}

static __always_inline __u32 call_number(long nr)
{
	return nr >= 0 && nr < CALLS_MAX ? (__u32)nr : NO_CALL;
}

/* The system call that t, which is current, is in. */
static __always_inline __u32 blocked_in(int btf, struct task_struct *t)
{
	struct pt_regs *regs;

	if (btf && bpf_core_enum_value_exists(enum bpf_func_id___here,
					      BPF_FUNC_task_pt_regs___here)) {
		regs = (void *)bpf_task_pt_regs((void *)t);
	} else {
		char *stack = BPF_CORE_READ(t, stack);

		regs = (void *)(stack + THREAD_SIZE -
				bpf_core_type_size(struct pt_regs));
	}
	return call_number((int)BPF_CORE_READ(regs, orig_ax));
}

static __always_inline long state_of(int btf, struct task_struct *t)
{
	struct task_struct___old *old = (void *)t;

	if (bpf_core_field_exists(t->__state))
		return MEMBER(btf, t, __state);
	return MEMBER(btf, old, state);
}

/* ---- run queues ---- */

static __always_inline void runnable(__u32 pid)
{
	struct count_thread new = { .runnable = bpf_ktime_get_ns() };
	struct count_thread *t = bpf_map_lookup_elem(&threads, &pid);

	if (t)
		t->runnable = new.runnable;
	else if (bpf_map_update_elem(&threads, &pid, &new, BPF_NOEXIST) == -7)
		dropped();
}

static __always_inline __u32 slot_of(__u64 ns)
{
	__u64 us = ns / 1000;
	__u32 slot = 0;

#pragma unroll
	for (int bit = 16; bit; bit >>= 1) {
		if (us >> bit) {
			us >>= bit;
			slot += bit;
		}
	}
	return slot < DELAY_SLOTS ? slot : DELAY_SLOTS - 1;
}

static __always_inline void ran(struct count_hot *h, __u32 pid)
{
	struct count_thread *t = bpf_map_lookup_elem(&threads, &pid);
	__u64 ns;
	__u32 slot;

	if (!t || !t->runnable)
		return;
	ns = bpf_ktime_get_ns() - t->runnable;
	t->runnable = 0;
	ADD(h->delays, 1);
	ADD(h->delay_ns, ns);
	slot = slot_of(ns);
	if (slot < DELAY_SLOTS)
		ADD(h->delay[slot], 1);
}

/* ---- the tracepoints ---- */

static __always_inline void leave(int btf, int preempt,
				  struct task_struct *t, long state)
{
	__u32 tgid = MEMBER(btf, t, tgid);
	struct count_hot *h = my_counters(tgid);
	struct count_call *c;

	if (!h)
		return;
	if (MEMBER(btf, t, flags) & PF_IO_WORKER) {
		ADD(h->worker_switches, 1);
		return;
	}
	/* Its last: as in the kernel's accounts, which are closed by then for
	   all but the main thread. */
	if (state & TASK_DEAD && MEMBER(btf, t, pid) != (int)tgid)
		return;
	c = call_of(tgid, blocked_in(btf, t));
	if (!preempt && state) {
		ADD(h->voluntary, 1);
		if (c)
			ADD(c->voluntary, 1);
		return;
	}
	ADD(h->involuntary, 1);
	if (c)
		ADD(c->involuntary, 1);
	runnable(MEMBER(btf, t, pid));
}

static __always_inline int on_switch(int btf, int preempt,
				     struct task_struct *prev,
				     struct task_struct *next, long state)
{
	struct count_hot *h;
	__u32 tgid;

	if (!on)
		return 0;
	leave(btf, preempt, prev, state);
	tgid = MEMBER(btf, next, tgid);
	h = tgid ? counters(tgid) : 0;
	if (h && !(MEMBER(btf, next, flags) & PF_IO_WORKER))
		ran(h, MEMBER(btf, next, pid));
	return 0;
}

static __always_inline int on_wakeup(int btf, struct task_struct *t)
{
	struct count_hot *h;

	if (!on)
		return 0;
	h = counters(MEMBER(btf, t, tgid));
	if (!h)
		return 0;
	if (MEMBER(btf, t, flags) & PF_IO_WORKER) {
		ADD(h->worker_wakeups, 1);
		return 0;
	}
	ADD(h->wakeups, 1);
	runnable(MEMBER(btf, t, pid));
	return 0;
}

/* A thread's first time on a run queue is no wake-up. */
static __always_inline int on_new(int btf, struct task_struct *t)
{
	if (on && bpf_map_lookup_elem(&who, &(__u32){ MEMBER(btf, t, tgid) }) &&
	    !(MEMBER(btf, t, flags) & PF_IO_WORKER))
		runnable(MEMBER(btf, t, pid));
	return 0;
}

static __always_inline int on_migrate(int btf, struct task_struct *t)
{
	struct count_hot *h;

	if (!on || MEMBER(btf, t, flags) & PF_IO_WORKER)
		return 0;
	h = counters(MEMBER(btf, t, tgid));
	if (h)
		ADD(h->migrations, 1);
	return 0;
}

static __always_inline int on_fork(int btf, struct task_struct *parent,
				   struct task_struct *child)
{
	__u32 from = MEMBER(btf, parent, tgid);
	__u32 to = MEMBER(btf, child, tgid);
	struct count_who *w = bpf_map_lookup_elem(&who, &from);

	if (from == to) {
		if (w && MEMBER(btf, child, flags) & PF_IO_WORKER) {
			struct count_hot *h = counters(from);

			if (h)
				ADD(h->workers, 1);
		} else if (w) {
			ADD(w->threads, 1);
		}
		return 0;
	}
	if (w || (seed && from == seed))
		follow(to, from);
	return 0;
}

static __always_inline int on_exec(int btf, struct task_struct *t)
{
	__u32 tgid = MEMBER(btf, t, tgid);
	struct count_who *w = bpf_map_lookup_elem(&who, &tgid);

	if (!w)
		return 0;
	ADD(w->execs, 1);
	bpf_get_current_comm(w->comm, sizeof(w->comm));
	return 0;
}

/*
 * The last thread of a process: the others' times are in .signal by now, but
 * for a main thread that ended before and waits to be collected.
 */
static __always_inline int on_exit(int btf, struct task_struct *t)
{
	__u32 tgid = MEMBER(btf, t, tgid), pid = MEMBER(btf, t, pid);
	struct count_who *w = bpf_map_lookup_elem(&who, &tgid);

	if (!w)
		return 0;
	bpf_map_delete_elem(&threads, &pid);
	if (BPF_CORE_READ(t, signal, live.counter) != 0)
		return 0;
	w->utime = BPF_CORE_READ(t, signal, utime) + MEMBER(btf, t, utime);
	w->stime = BPF_CORE_READ(t, signal, stime) + MEMBER(btf, t, stime);
	if (tgid != pid) {
		w->utime += BPF_CORE_READ(t, group_leader, utime);
		w->stime += BPF_CORE_READ(t, group_leader, stime);
	}
	if (!w->execs)
		bpf_get_current_comm(w->comm, sizeof(w->comm));
	w->flags |= PROC_EXITED;
	return 0;
}

static __always_inline int on_syscall(long nr)
{
	__u32 tgid = bpf_get_current_pid_tgid() >> 32;
	struct count_hot *h;
	struct count_call *c;

	if (!on)
		return 0;
	h = my_counters(tgid);
	if (!h)
		return 0;
	ADD(h->syscalls, 1);
	c = call_of(tgid, call_number(nr));
	if (c)
		ADD(c->calls, 1);
	return 0;
}

/* ---- the two forms of each ---- */

#define TASK(n) ((struct task_struct *)ctx[n])

SEC("tp_btf/sched_switch")
int switch_btf(__u64 *ctx)
{
	struct task_struct *prev = TASK(1);

	return on_switch(1, (int)ctx[0], prev, TASK(2),
			 state_given ? (long)(__u32)ctx[3] :
				       state_of(1, prev));
}

SEC("raw_tp/sched_switch")
int switch_raw(__u64 *ctx)
{
	struct task_struct *prev = TASK(1);

	return on_switch(0, (int)ctx[0], prev, TASK(2), state_of(0, prev));
}

#define BOTH(name, point, call_btf, call_raw) \
	SEC("tp_btf/" point)                  \
	int name##_btf(__u64 *ctx)            \
	{                                     \
		return call_btf;              \
	}                                     \
	SEC("raw_tp/" point)                  \
	int name##_raw(__u64 *ctx)            \
	{                                     \
		return call_raw;              \
	}

BOTH(wakeup, "sched_wakeup", on_wakeup(1, TASK(0)), on_wakeup(0, TASK(0)))
BOTH(new, "sched_wakeup_new", on_new(1, TASK(0)), on_new(0, TASK(0)))
BOTH(migrate, "sched_migrate_task", on_migrate(1, TASK(0)),
     on_migrate(0, TASK(0)))
BOTH(fork, "sched_process_fork", on_fork(1, TASK(0), TASK(1)),
     on_fork(0, TASK(0), TASK(1)))
BOTH(exec, "sched_process_exec", on_exec(1, TASK(0)), on_exec(0, TASK(0)))
BOTH(exit, "sched_process_exit", on_exit(1, TASK(0)), on_exit(0, TASK(0)))
BOTH(syscall, "sys_enter", on_syscall((long)ctx[1]), on_syscall((long)ctx[1]))

/* No argument is looked at, so one form will do. The tracepoint was renamed
   in 6.4; the loader takes the name that the kernel knows. */
static __always_inline int on_submit(void)
{
	struct count_hot *h;

	if (!on)
		return 0;
	h = my_counters(bpf_get_current_pid_tgid() >> 32);
	if (h)
		ADD(h->submitted, 1);
	return 0;
}

SEC("raw_tp/io_uring_submit_req")
int submit(__u64 *ctx)
{
	return on_submit();
}

SEC("raw_tp/io_uring_submit_sqe")
int submit_old(__u64 *ctx)
{
	return on_submit();
}
