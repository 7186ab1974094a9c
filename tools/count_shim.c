/*
 * count_shim.c - the shim's own counters, read from outside
 *
 * The library's place is in /proc/PID/maps; the object ring_shim_stats is
 * looked up in its dynamic symbol table (through DT_GNU_HASH), as the dynamic
 * linker does it, but in the other process's memory: so it does not matter
 * whether the file is still there, or in which mount namespace. What the
 * object holds is laid down in <ring-shim/stats.h>.
 *
 * That shows what was counted up to the last look. The processes of a command
 * that we start ourselves are told a directory for their objects to be files
 * in, so that what they counted last is there when they are gone, too.
 */
#include "count.h"

#include <dirent.h>
#include <elf.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include "ring-shim/stats.h"

#define LIBRARY "/libring-shim.so"

/* --- where it is in a process ---------------------------------------------- */

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

/* --- the object ------------------------------------------------------------ */

/* An object in a file (fd) or, if that is -1, in a process. */
struct object {
	int fd;
	pid_t pid;
	uint64_t at;
};

static bool part(const struct object *o, uint64_t from, void *to, size_t len)
{
	if (o->fd >= 0)
		return pread(o->fd, to, len, (off_t)from) == (ssize_t)len;
	return o->at && copy(o->pid, o->at + from, to, len);
}

static bool header(const struct object *o, struct ring_shim_stats *s)
{
	return part(o, 0, s, offsetof(struct ring_shim_stats, slot)) &&
	       s->magic == RING_SHIM_STATS_MAGIC && s->slots <= 65536 &&
	       s->slot_size >= sizeof(struct ring_shim_slot) &&
	       s->carriers <= s->slots;
}

static void add_slots(const struct object *o, const struct ring_shim_stats *s,
		      int64_t *v)
{
	for (uint32_t i = 0; i < s->carriers; i++) {
		struct ring_shim_slot slot;

		if (!part(o, offsetof(struct ring_shim_stats, slot) +
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

static void add_object(const struct object *o, const struct ring_shim_stats *s,
		       int64_t *v)
{
	v[M_HOME_PARKS] += (int64_t)s->home_parks;
	v[M_WENT_HOME] += (int64_t)s->went_home;
	v[M_THREADS] += (int64_t)s->threads;
	v[M_RECYCLED] += (int64_t)s->recycled;
	add_slots(o, s, v);
	/* a wait in user space was not one in the kernel; what the shim waits
	   and wakes itself was */
	v[M_SAVED] = v[M_PARKS] - v[M_SENDS] - v[M_CARRIER_WAITS] -
		     v[M_WENT_HOME];
}

/* --- in files -------------------------------------------------------------- */

static char directory[] = "/dev/shm/ring-count.XXXXXX";
static bool in_files;

static void remove_files(void)
{
	DIR *d = opendir(directory);
	struct dirent *e;

	while (d && (e = readdir(d)))
		if (e->d_name[0] != '.')
			unlinkat(dirfd(d), e->d_name, 0);
	if (d)
		closedir(d);
	rmdir(directory);
}

const char *shim_directory(void)
{
	if (!mkdtemp(directory))
		return NULL;
	in_files = true;
	atexit(remove_files);
	chmod(directory, 01777);	/* for who changes its user */
	return directory;
}

/* All programs that the process has been; false: no file of it is there. */
static bool read_files(struct proc *p)
{
	struct object o = { .fd = -1 };
	static struct ring_shim_stats s;
	int64_t v[N_METRICS] = { 0 };
	bool found = false;
	char path[64];

	for (int n = 0; in_files; n++) {
		snprintf(path, sizeof(path), "%s/%d.%d", directory, p->pid, n);
		o.fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
		if (o.fd < 0)
			break;
		if (header(&o, &s)) {
			found = true;
			add_object(&o, &s, v);
			if (s.engine)
				p->engine = (int)s.engine;
		}
		close(o.fd);
	}
	for (int m = 0; found && m < N_METRICS; m++)
		if (metric_sources[m] == FROM_SHIM)
			p->v[m] = v[m];
	p->shim |= found;
	return found;
}

/* --- in the process -------------------------------------------------------- */

static void read_process(struct proc *p)
{
	struct object o = { .fd = -1, .pid = p->pid, .at = p->shim_at };
	static struct ring_shim_stats s;
	int64_t v[N_METRICS] = { 0 };

	if (!header(&o, &s)) {
		o.at = p->shim_at = find(p->pid);
		if (!header(&o, &s))
			return;
	}
	add_object(&o, &s, v);
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

void shim_read(struct proc *p)
{
	if (!read_files(p) && !p->exited)
		read_process(p);
}
