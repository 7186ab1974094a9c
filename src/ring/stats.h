/*
 * stats.h - counting, in the object that ring-shim/stats.h lays down
 */
#ifndef RING_STATS_H
#define RING_STATS_H

#include "ring-shim/stats.h"

/* Exported as ring_shim_stats; by this name without the detour. */
extern struct ring_shim_stats stats;

/* dir: where the object is to be a file; NULL: it is none. */
void stats_start(const char *dir);

/* In a forked child, which has no carriers. */
void stats_child(void);

/* All slots together. */
struct ring_shim_slot stats_sum(void);

/* One more, where nobody else counts: no need of a locked instruction. */
static inline void count(uint64_t *n)
{
	__atomic_store_n(n, __atomic_load_n(n, __ATOMIC_RELAXED) + 1,
			 __ATOMIC_RELAXED);
}

/* One more (or n), where others may be counting at the same time. */
static inline void count_shared(uint64_t *at, int64_t n)
{
	__atomic_fetch_add(at, (uint64_t)n, __ATOMIC_RELAXED);
}

static inline uint64_t counted(const uint64_t *n)
{
	return __atomic_load_n(n, __ATOMIC_RELAXED);
}

#endif
