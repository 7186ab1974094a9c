/*
 * count_proc.c - what /proc tells anybody, and the backend that needs no more
 *
 * The unprivileged backend adds up, for each process, the switches in
 * /proc/PID/task/TID/status and the waits for a CPU in .../schedstat. Threads
 * that begin and end between two looks are not seen by it, for the kernel
 * keeps their numbers where only wait4() finds them; so of a command that has
 * ended the numbers are wait4's (ring-count.c), which know all its threads
 * and all children that were waited for.
 */
#include "count.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LIST_MAX 16384

/* --- the tree -------------------------------------------------------------- */

/* The text after the name in /proc/PID[/task/TID]/stat; also the name. */
static bool read_stat(pid_t pid, char *rest, size_t len, char *comm)
{
	char path[64], line[1024], *open, *close;
	size_t n;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	f = fopen(path, "re");
	if (!f)
		return false;
	n = fread(line, 1, sizeof(line) - 1, f);
	fclose(f);
	line[n] = '\0';
	open = strchr(line, '(');
	close = strrchr(line, ')');
	if (!open || !close)
		return false;
	*close = '\0';
	if (comm)
		snprintf(comm, 16, "%s", open + 1);
	snprintf(rest, len, "%s", close + 1);
	return true;
}

static pid_t parent_of(pid_t pid)
{
	char rest[1024], state;
	int parent;

	return read_stat(pid, rest, sizeof(rest), NULL) &&
			       sscanf(rest, " %c %d", &state, &parent) == 2 ?
		       parent :
		       -1;
}

bool proc_exists(pid_t pid)
{
	return parent_of(pid) >= 0;
}

static bool listed(const pid_t *list, size_t n, pid_t pid)
{
	for (size_t i = 0; i < n; i++)
		if (list[i] == pid)
			return true;
	return false;
}

/* One look at all processes; returns how many are on the list then. */
static size_t add_children(pid_t *list, size_t n, size_t max)
{
	DIR *d = opendir("/proc");
	struct dirent *e;

	if (!d)
		return n;
	while (n < max && (e = readdir(d))) {
		pid_t pid = atoi(e->d_name);

		if (pid > 0 && !listed(list, n, pid) &&
		    listed(list, n, parent_of(pid)))
			list[n++] = pid;
	}
	closedir(d);
	return n;
}

size_t proc_tree(pid_t root, pid_t *list, size_t max)
{
	size_t n = 1, before;

	list[0] = root;
	do {
		before = n;
		n = add_children(list, n, max);
	} while (n > before && n < max);
	return n;
}

long cgroup_members(const char *path, pid_t *list, size_t max)
{
	char name[4096];
	struct dirent *e;
	long n = 0, more;
	FILE *f;
	DIR *d;
	int pid;

	snprintf(name, sizeof(name), "%s/cgroup.procs", path);
	f = fopen(name, "re");
	if (!f)
		return -1;
	while ((size_t)n < max && fscanf(f, "%d", &pid) == 1)
		list[n++] = pid;
	fclose(f);
	d = opendir(path);
	while (d && (e = readdir(d))) {
		if (e->d_type != DT_DIR || e->d_name[0] == '.')
			continue;
		snprintf(name, sizeof(name), "%s/%s", path, e->d_name);
		more = cgroup_members(name, list + n, max - (size_t)n);
		n += more > 0 ? more : 0;
	}
	if (d)
		closedir(d);
	return n;
}

bool proc_times(struct proc *p)
{
	unsigned long long user, kernel;
	int64_t tick = 1000000000 / sysconf(_SC_CLK_TCK);
	int64_t v[2];
	char rest[1024], state;
	int parent;

	if (!read_stat(p->pid, rest, sizeof(rest), p->comm) ||
	    sscanf(rest,
		   " %c %d %*d %*d %*d %*d %*u %*u %*u %*u %*u %llu %llu",
		   &state, &parent, &user, &kernel) != 4 ||
	    state == 'Z' || state == 'X')
		return false;
	v[0] = (int64_t)user * tick;
	v[1] = (int64_t)kernel * tick;
	for (int i = 0; i < 2; i++) {
		if (!p->based)
			p->base[M_UTIME + i] = v[i];
		p->v[M_UTIME + i] = v[i] - p->base[M_UTIME + i];
	}
	if (!p->parent)
		p->parent = parent;
	return true;
}

/* --- the backend ------------------------------------------------------------- */

static const struct target *target;
static pid_t *list;

static void add_task(int64_t *v, pid_t pid, const char *tid)
{
	char path[320], line[256];
	unsigned long long n, wait, slices;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/task/%s/status", pid, tid);
	f = fopen(path, "re");
	while (f && fgets(line, sizeof(line), f)) {
		if (sscanf(line, "voluntary_ctxt_switches: %llu", &n) == 1)
			v[M_VOLUNTARY] += (int64_t)n;
		if (sscanf(line, "nonvoluntary_ctxt_switches: %llu", &n) == 1)
			v[M_INVOLUNTARY] += (int64_t)n;
	}
	if (f)
		fclose(f);
	snprintf(path, sizeof(path), "/proc/%d/task/%s/schedstat", pid, tid);
	f = fopen(path, "re");
	if (f && fscanf(f, "%*u %llu %llu", &wait, &slices) == 2) {
		v[M_DELAY_NS] += (int64_t)wait;
		v[M_DELAYS] += (int64_t)slices;
	}
	if (f)
		fclose(f);
}

/*
 * Threads that have ended take what they counted with them, so a sum may be
 * less than it was: what was there is kept, and counted on from.
 */
static void tasks(struct proc *p)
{
	static const enum metric which[] = { M_VOLUNTARY, M_INVOLUNTARY,
					     M_DELAYS, M_DELAY_NS };
	int64_t v[N_METRICS] = { 0 };
	char path[64];
	struct dirent *e;
	DIR *d;

	snprintf(path, sizeof(path), "/proc/%d/task", p->pid);
	d = opendir(path);
	while (d && (e = readdir(d)))
		if (isdigit((unsigned char)e->d_name[0]))
			add_task(v, p->pid, e->d_name);
	if (d)
		closedir(d);
	for (size_t i = 0; i < sizeof(which) / sizeof(*which); i++) {
		enum metric m = which[i];

		if (!p->based)
			p->base[m] = v[m];
		if (v[m] - p->base[m] < p->v[m])
			p->base[m] = v[m] - p->v[m];
		p->v[m] = v[m] - p->base[m];
	}
}

static int proc_open(const struct target *t, char *why, size_t len)
{
	pid_t one;

	target = t;
	list = calloc(LIST_MAX, sizeof(*list));
	if (!list) {
		snprintf(why, len, "out of memory");
		return -1;
	}
	if (t->cgroup && cgroup_members(t->cgroup, &one, 1) < 0) {
		snprintf(why, len, "%s is no cgroup (%s)", t->cgroup,
			 strerror(errno));
		return -1;
	}
	return 0;
}

static void proc_read(struct counts *c)
{
	long n = target->cgroup ?
			 cgroup_members(target->cgroup, list, LIST_MAX) :
			 (long)proc_tree(target->pid, list, LIST_MAX);

	for (long i = 0; i < n; i++)
		if (proc_exists(list[i]))
			counts_proc(c, list[i]);
	for (size_t i = 0; i < c->n_procs; i++) {
		struct proc *p = &c->procs[i];

		p->exited = p->exited || !proc_exists(p->pid);
		if (!p->exited)
			tasks(p);
	}
}

static int proc_start(const struct target *t, struct counts *c, char *why,
		      size_t len)
{
	(void)why;
	(void)len;
	target = t;
	proc_read(c);
	return 0;
}

static void proc_close(void)
{
	free(list);
	list = NULL;
}

const struct backend backend_proc = {
	.name = "proc",
	.open = proc_open,
	.start = proc_start,
	.read = proc_read,
	.close = proc_close,
	.sources = 1ul << FROM_KERNEL | 1ul << FROM_ACCOUNTS |
		   1ul << FROM_SHIM,
};
