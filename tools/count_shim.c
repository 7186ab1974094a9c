/*
 * count_shim.c - the shim's own counters, read from outside
 *
 * The library's place is in /proc/PID/maps; the object ring_shim_stats is
 * looked up in its dynamic symbol table (through DT_GNU_HASH), as the dynamic
 * linker does it, but in the other process's memory: so it does not matter
 * whether the file is still there, or in which mount namespace. What the
 * object holds is laid down in <ring-shim/stats.h>.
 */
#include "count.h"

#include <elf.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>

#include "ring-shim/stats.h"

#define LIBRARY "/libring-shim.so"

static bool copy(pid_t pid, uint64_t from, void *to, size_t len)
{
	struct iovec local = { to, len }, remote = { (void *)from, len };

	return process_vm_readv(pid, &local, 1, &remote, 1, 0) == (ssize_t)len;
}

/* Where the library begins in the process; 0: it is not there. */
static uint64_t library(pid_t pid)
{
	char path[64], line[4400];
	uint64_t at = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/maps", pid);
	f = fopen(path, "re");
	if (!f)
		return 0;
	while (!at && fgets(line, sizeof(line), f))
		if (strstr(line, LIBRARY))
			at = strtoull(line, NULL, 16);
	fclose(f);
	return at;
}

struct dynamic {
	uint64_t symbols, strings, hash;
};

static bool dynamic_of(pid_t pid, uint64_t base, struct dynamic *d)
{
	Elf64_Ehdr e;
	Elf64_Phdr p;
	Elf64_Dyn y;
	uint64_t at = 0;

	if (!copy(pid, base, &e, sizeof(e)) ||
	    memcmp(e.e_ident, ELFMAG, SELFMAG) ||
	    e.e_ident[EI_CLASS] != ELFCLASS64)
		return false;
	for (int i = 0; i < e.e_phnum && !at; i++)
		if (copy(pid, base + e.e_phoff + (uint64_t)i * sizeof(p), &p,
			 sizeof(p)) && p.p_type == PT_DYNAMIC)
			at = base + p.p_vaddr;
	memset(d, 0, sizeof(*d));
	for (int i = 0; at && i < 256; i++) {
		if (!copy(pid, at + (uint64_t)i * sizeof(y), &y, sizeof(y)) ||
		    y.d_tag == DT_NULL)
			break;
		if (y.d_tag == DT_SYMTAB)
			d->symbols = y.d_un.d_ptr;
		else if (y.d_tag == DT_STRTAB)
			d->strings = y.d_un.d_ptr;
		else if (y.d_tag == DT_GNU_HASH)
			d->hash = y.d_un.d_ptr;
	}
	/* relocated in place by the dynamic linker, or about to be */
	if (d->symbols < base)
		d->symbols += base;
	if (d->strings < base)
		d->strings += base;
	if (d->hash < base)
		d->hash += base;
	return d->symbols && d->strings && d->hash;
}

static uint32_t gnu_hash(const char *s)
{
	uint32_t h = 5381;

	for (; *s; s++)
		h = h * 33 + (unsigned char)*s;
	return h;
}

static uint64_t symbol(pid_t pid, uint64_t base, const struct dynamic *d,
		       const char *name)
{
	uint32_t head[4], h = gnu_hash(name), i, link;
	uint64_t buckets, chain;
	char found[64];
	Elf64_Sym s;

	/* buckets, first symbol, words of the Bloom filter, its shift */
	if (!copy(pid, d->hash, head, sizeof(head)) || !head[0])
		return 0;
	buckets = d->hash + sizeof(head) + head[2] * UINT64_C(8);
	chain = buckets + head[0] * UINT64_C(4);
	if (!copy(pid, buckets + h % head[0] * UINT64_C(4), &i, sizeof(i)) ||
	    i < head[1])
		return 0;
	for (int n = 0; n < 1000; n++, i++) {
		if (!copy(pid, chain + (i - head[1]) * UINT64_C(4), &link,
			  sizeof(link)))
			return 0;
		if ((link | 1) == (h | 1) &&
		    copy(pid, d->symbols + i * sizeof(s), &s, sizeof(s)) &&
		    copy(pid, d->strings + s.st_name, found,
			 strlen(name) + 1) &&
		    strcmp(found, name) == 0)
			return base + s.st_value;
		if (link & 1)
			return 0;
	}
	return 0;
}

static uint64_t find(pid_t pid)
{
	uint64_t base = library(pid);
	struct dynamic d;

	return base && dynamic_of(pid, base, &d) ?
		       symbol(pid, base, &d, RING_SHIM_STATS_SYMBOL) :
		       0;
}

static bool header(const struct proc *p, struct ring_shim_stats *s)
{
	const size_t len = offsetof(struct ring_shim_stats, slot);

	return p->shim_at && copy(p->pid, p->shim_at, s, len) &&
	       s->magic == RING_SHIM_STATS_MAGIC && s->slots <= 65536 &&
	       s->slot_size >= sizeof(struct ring_shim_slot) &&
	       s->carriers <= s->slots;
}

static void add_slots(const struct proc *p, const struct ring_shim_stats *s,
		      int64_t *v)
{
	for (uint32_t i = 0; i < s->carriers; i++) {
		struct ring_shim_slot slot;

		if (!copy(p->pid,
			  p->shim_at + offsetof(struct ring_shim_stats, slot) +
				  (uint64_t)i * s->slot_size,
			  &slot, sizeof(slot)))
			return;
		v[M_PARKS] += (int64_t)slot.parks;
		v[M_SENDS] += (int64_t)slot.sends;
		v[M_USWITCHES] += (int64_t)slot.switches;
		v[M_CARRIER_WAITS] += (int64_t)slot.waits;
		v[M_OPS] += (int64_t)slot.ops;
	}
}

void shim_read(struct proc *p)
{
	static struct ring_shim_stats s;
	int64_t v[N_METRICS] = { 0 };

	if (!header(p, &s)) {
		p->shim_at = find(p->pid);
		if (!header(p, &s))
			return;
	}
	v[M_HOME_PARKS] = (int64_t)s.home_parks;
	v[M_WENT_HOME] = (int64_t)s.went_home;
	v[M_THREADS] = (int64_t)s.threads;
	v[M_RECYCLED] = (int64_t)s.recycled;
	add_slots(p, &s, v);
	/* a wait in user space was not one in the kernel; what the shim waits
	   and wakes itself was */
	v[M_SAVED] = v[M_PARKS] - v[M_SENDS] - v[M_CARRIER_WAITS] -
		     v[M_WENT_HOME];
	p->shim = true;
	p->engine = (int)s.engine;
	for (int m = 0; m < N_METRICS; m++) {
		if (metric_sources[m] != FROM_SHIM)
			continue;
		if (!p->based)
			p->base[m] = v[m];
		else if (v[m] < p->base[m] && m != M_SAVED)
			p->base[m] = 0;	/* a new program: exec */
		p->v[m] = v[m] - p->base[m];
	}
}
