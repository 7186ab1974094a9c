/*
 * stats.c - the counters' one place
 *
 * One object holds everything that is counted, in the layout that is laid
 * down for others to read (ring-shim/stats.h), so that what RING_SHIM_VERBOSE
 * says at exit and what ring-count shows of a running process are the same
 * numbers.  A carrier counts in a slot of its own, a cache line that no other
 * CPU writes to; what threads count at home lies apart from what they read.
 *
 * It is in .bss: a process with two carriers touches one page of it.
 */
#include "ring/sched.h"

struct ring_shim_stats stats;

extern struct ring_shim_stats ring_shim_stats
	__attribute__((alias("stats"), visibility("default")));

_Static_assert(sizeof(struct ring_shim_slot) == 64, "a cache line");
_Static_assert(RING_SHIM_SLOTS == CARRIERS_MAX, "a slot a carrier");
_Static_assert(offsetof(struct ring_shim_stats, slot) == 192, "laid down");

void stats_start(void)
{
	stats.version = RING_SHIM_STATS_VERSION;
	stats.size = sizeof(stats);
	stats.slot_size = sizeof(stats.slot[0]);
	stats.slots = RING_SHIM_SLOTS;
	__atomic_store_n(&stats.magic, RING_SHIM_STATS_MAGIC,
			 __ATOMIC_RELEASE);
}

void stats_child(void)
{
	__builtin_memset(stats.slot, 0,
			 stats.carriers * sizeof(stats.slot[0]));
	stats.carriers = 0;
	stats.engine = RING_SHIM_ENGINE_NONE;
	stats.home_parks = stats.went_home = stats.replaced = 0;
	stats.threads = stats.recycled = 0;
}

struct ring_shim_slot stats_sum(void)
{
	struct ring_shim_slot sum = { 0 };

	for (uint32_t i = 0; i < stats.carriers; i++) {
		const struct ring_shim_slot *s = &stats.slot[i];

		sum.parks += counted(&s->parks);
		sum.sends += counted(&s->sends);
		sum.switches += counted(&s->switches);
		sum.waits += counted(&s->waits);
		sum.ops += counted(&s->ops);
		sum.looks += counted(&s->looks);
		sum.steals += counted(&s->steals);
	}
	return sum;
}
