/*
 * ring-shim/stats.h - the counters of a process under libring-shim.so
 *
 * The library exports one object, ring_shim_stats, and keeps its counters in
 * it while it runs; nothing has to be switched on.  A program that wants to
 * look at a running process finds the library in /proc/PID/maps, the symbol
 * in its dynamic symbol table, and copies the object with process_vm_readv(),
 * as ring-count does.  In the process itself dlsym() finds it.
 *
 * Each slot is written by one kernel thread, by plain relaxed stores, so a
 * reader sees every counter whole and rising, and the counters among each
 * other a few events apart.  Nobody but the library may write.
 *
 * After fork() the child's counters start at zero; the slots of its parent's
 * carriers are not its own.  After exec there is a new object.
 *
 * Who wants to read them when the process is over gives it the variable
 * RING_SHIM_STATS=DIRECTORY, which has to be in memory (/dev/shm): the object
 * is then a file in there, DIRECTORY/PID.N with N from 0 on (another after each
 * exec), and keeps what was counted last, however the process ended.  If the
 * file can't be made nothing is different.
 *
 * What is laid down: the magic; that version and size follow it; that a new
 * version with the same magic only takes over reserved members.  size is that
 * of the whole object, slot_size the step from one slot to the next, so that
 * a reader may be older than the library.
 */
#ifndef RING_SHIM_STATS_H
#define RING_SHIM_STATS_H

#include <stdint.h>

#define RING_SHIM_STATS_SYMBOL "ring_shim_stats"
#define RING_SHIM_STATS_MAGIC UINT64_C(0x73746174736d6873) /* "shmstats" */
#define RING_SHIM_STATS_VERSION 1
#define RING_SHIM_SLOTS 512

enum ring_shim_engine {
	RING_SHIM_ENGINE_NONE,	/* nothing has been started (yet) */
	RING_SHIM_ENGINE_EPOLL,
	RING_SHIM_ENGINE_IO_URING,
};

/* What one carrier (a kernel thread that runs the program's threads) did. */
struct ring_shim_slot {
	uint64_t parks;		/* waits of threads in user space */
	uint64_t sends;		/* those of them that handed io_uring a send,
				   which a blocking send would hardly have
				   waited for */
	uint64_t switches;	/* from thread to thread, in user space */
	uint64_t waits;		/* of the carrier itself, in the kernel */
	uint64_t ops;		/* blocking calls begun with the engine */
	uint64_t looks;		/* at the engine, without waiting */
	uint64_t steals;	/* of threads from another carrier's queue */
	uint64_t reserved;
} __attribute__((aligned(64)));

struct ring_shim_stats {
	uint64_t magic;		/* 0 before the library's constructor */
	uint32_t version;
	uint32_t size;		/* of this object */
	uint32_t slot_size;
	uint32_t slots;		/* there is room for */
	uint32_t engine;	/* enum ring_shim_engine */
	uint32_t carriers;	/* slots in use, the first ones */
	uint64_t reserved[4];

	/* counted by whichever thread it concerns */
	uint64_t home_parks;	/* waits that began on the thread's own kernel
				   thread: in the kernel, or by leaving it */
	uint64_t went_home;	/* threads back to their own kernel thread */
	uint64_t replaced;	/* carriers that made no progress */
	uint64_t reserved_2[5];

	uint64_t threads;	/* the program has made */
	uint64_t recycled;	/* of them, not made anew by the kernel */
	uint64_t reserved_3[6];

	struct ring_shim_slot slot[RING_SHIM_SLOTS];
} __attribute__((aligned(64)));

#endif
