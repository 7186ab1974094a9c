/*
 * stats.c - the counters' one place
 *
 * One object holds everything that is counted, in the layout that is laid
 * down for others to read (ring-shim/stats.h), so that what RING_SHIM_VERBOSE
 * says at exit and what ring-count shows of a running process are the same
 * numbers.  A carrier counts in a slot of its own, a cache line that no other
 * CPU writes to; what threads count at home lies apart from what they read.
 *
 * It is in .bss: a process with two carriers touches one page of it.  It fills
 * whole pages, so that a file can be mapped in its place (RING_SHIM_STATS),
 * from which another process reads it when this one is over.
 */
#include "ring/sched.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#define PAGE 4096
#define PROGRAMS 100	/* that a process may be, one after the other */

static struct pages {
	struct ring_shim_stats stats;
} __attribute__((aligned(PAGE))) pages;

extern struct ring_shim_stats stats __attribute__((alias("pages")));
extern struct ring_shim_stats ring_shim_stats
	__attribute__((alias("pages"), visibility("default")));

static char directory[256];	/* RING_SHIM_STATS; empty: in no file */

_Static_assert(sizeof(struct ring_shim_slot) == 64, "a cache line");
_Static_assert(RING_SHIM_SLOTS == CARRIERS_MAX, "a slot a carrier");
_Static_assert(offsetof(struct ring_shim_stats, slot) == 192, "laid down");

/* A new file of the size of pages; -errno. */
static int new_file(void)
{
	char path[sizeof(directory) + 32];
	long pid = sys3(SYS_getpid, 0, 0, 0), fd = -EEXIST;

	for (int n = 0; n < PROGRAMS && fd == -EEXIST; n++) {
		snprintf(path, sizeof(path), "%s/%ld.%d", directory, pid, n);
		fd = sys4(SYS_openat, AT_FDCWD, SYS_P(path),
			  O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0600);
	}
	if (fd >= 0 && sys3(SYS_ftruncate, fd, sizeof(pages), 0) < 0) {
		sys3(SYS_close, fd, 0, 0);
		return -EIO;
	}
	return (int)fd;
}

/* All zero again: pages of a file of this process's own, or of no file. */
static void new_pages(void)
{
	int fd = new_file();
	int flags = fd < 0 ? MAP_PRIVATE | MAP_ANONYMOUS : MAP_SHARED;

	sys6(SYS_mmap, SYS_P(&pages), sizeof(pages), PROT_READ | PROT_WRITE,
	     flags | MAP_FIXED, fd, 0);
	if (fd >= 0)
		sys3(SYS_close, fd, 0, 0);
}

static void lay_down(void)
{
	stats.version = RING_SHIM_STATS_VERSION;
	stats.size = sizeof(stats);
	stats.slot_size = sizeof(stats.slot[0]);
	stats.slots = RING_SHIM_SLOTS;
	__atomic_store_n(&stats.magic, RING_SHIM_STATS_MAGIC,
			 __ATOMIC_RELEASE);
}

void stats_start(const char *dir)
{
	if (dir && strlen(dir) < sizeof(directory)) {
		strcpy(directory, dir);
		new_pages();
	}
	lay_down();
}

void stats_child(void)
{
	if (*directory) {
		new_pages();
		lay_down();
		return;
	}
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
