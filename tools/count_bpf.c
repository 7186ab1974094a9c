/*
 * count_bpf.c - loading the kernel programs, and reading what they counted
 *
 * Of each pair of programs (ring_count.bpf.c) one is loaded: tp_btf if this
 * kernel has it, else raw_tp. What is missing is said before libbpf is asked,
 * for its errors are numbers that mean something else to strerror().
 */
#include "count.h"

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "tools/ring_count.skel.h"

#define LIST_MAX 4096		/* processes: as many as .who has room for */
#define HOT_BYTES (32u << 20)	/* for .hot, all CPUs together */

static struct ring_count_bpf *skel;
static bool raw;		/* the raw_tp forms are in use */
static int cpus, stats_fd = -1;
static char last_words[512];	/* of libbpf's */

/* --- what is missing ------------------------------------------------------- */

static unsigned long long capabilities(void)
{
	unsigned long long caps = 0;
	char line[256];
	FILE *f = fopen("/proc/self/status", "re");

	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "CapEff: %llx", &caps) == 1)
			break;
	if (f)
		fclose(f);
	return caps;
}

static bool privileged(void)
{
	const unsigned long long admin = 1ull << 21, perfmon = 1ull << 38,
				 bpf = 1ull << 39;
	unsigned long long caps = capabilities();

	return caps & admin || (caps & perfmon && caps & bpf);
}

static int preflight(char *why, size_t len)
{
	char self[4096] = "ring-count";

	if (!privileged()) {
		if (readlink("/proc/self/exe", self, sizeof(self) - 1) < 0)
			strcpy(self, "ring-count");
		snprintf(why, len,
			 "the kernel lets only CAP_BPF and CAP_PERFMON count "
			 "(run as root, or: setcap "
			 "cap_bpf,cap_perfmon,cap_sys_ptrace+ep %.3000s)",
			 self);
		return -1;
	}
	if (access("/sys/kernel/btf/vmlinux", R_OK)) {
		snprintf(why, len,
			 "this kernel does not describe its types "
			 "(/sys/kernel/btf/vmlinux: %s; it wants "
			 "CONFIG_DEBUG_INFO_BTF)",
			 strerror(errno));
		return -1;
	}
	return 0;
}

static int remember(enum libbpf_print_level level, const char *fmt,
		    va_list ap)
{
	if (level == LIBBPF_WARN && !*last_words)
		vsnprintf(last_words, sizeof(last_words), fmt, ap);
	return 0;
}

static int failed(const char *what, int err, char *why, size_t len)
{
	last_words[strcspn(last_words, "\n")] = '\0';
	snprintf(why, len, "%s: error %d%s%s", what, err < 0 ? -err : err,
		 *last_words ? ", " : "", last_words);
	ring_count_bpf__destroy(skel);
	skel = NULL;
	return -1;
}

/* --- loading ----------------------------------------------------------------- */

/* Since 5.18 sched_switch tells the state of the thread that goes. */
static bool state_is_given(void)
{
	struct btf *btf = btf__load_vmlinux_btf();
	const struct btf_type *t;
	bool given = false;
	int id;

	if (!btf)
		return false;
	id = btf__find_by_name_kind(btf, "btf_trace_sched_switch",
				    BTF_KIND_TYPEDEF);
	t = id > 0 ? btf__type_by_id(btf, (unsigned)id) : NULL;
	t = t ? btf__type_by_id(btf, t->type) : NULL;	/* the pointer */
	t = t ? btf__type_by_id(btf, t->type) : NULL;	/* to a function */
	if (t && btf_is_func_proto(t))
		given = btf_vlen(t) >= 5;
	btf__free(btf);
	return given;
}

static bool ends_with(const char *s, const char *end)
{
	size_t n = strlen(s), m = strlen(end);

	return n >= m && strcmp(s + n - m, end) == 0;
}

static void choose(void)
{
	struct bpf_program *p;

	bpf_object__for_each_program(p, skel->obj) {
		const char *name = bpf_program__name(p);

		if (ends_with(name, raw ? "_btf" : "_raw"))
			bpf_program__set_autoload(p, false);
	}
	/* which of them there is, only trying tells */
	bpf_program__set_autoattach(skel->progs.submit, false);
	bpf_program__set_autoattach(skel->progs.submit_old, false);
}

static void set_sizes(void)
{
	unsigned room = HOT_BYTES / (unsigned)cpus /
			(unsigned)sizeof(struct count_hot);

	if (room < LIST_MAX)
		bpf_map__set_max_entries(skel->maps.hot,
					 room < 256 ? 256 : room);
}

static int load(const struct target *t, char *why, size_t len)
{
	int r;

	*last_words = '\0';
	skel = ring_count_bpf__open();
	if (!skel)
		return failed("opening the kernel programs", errno, why, len);
	choose();
	set_sizes();
	skel->rodata->by_cgroup = t->cgroup != NULL;
	skel->rodata->state_given = !raw && state_is_given();
	r = ring_count_bpf__load(skel);
	if (r)
		return failed("loading the kernel programs", r, why, len);
	r = ring_count_bpf__attach(skel);
	if (r)
		return failed("attaching the kernel programs", r, why, len);
	skel->links.submit = bpf_program__attach(skel->progs.submit);
	if (!skel->links.submit)
		skel->links.submit_old =
			bpf_program__attach(skel->progs.submit_old);
	return 0;
}

static int set_cgroup(const struct target *t, char *why, size_t len)
{
	unsigned zero = 0;
	int fd, r;

	if (!t->cgroup)
		return 0;
	fd = open(t->cgroup, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	r = fd < 0 ? -1 :
		     bpf_map_update_elem(bpf_map__fd(skel->maps.cgroup),
					 &zero, &fd, BPF_ANY);
	if (fd >= 0)
		close(fd);
	if (r == 0)
		return 0;
	snprintf(why, len, "%s is no cgroup of version 2 (%s)", t->cgroup,
		 strerror(errno));
	ring_count_bpf__destroy(skel);
	skel = NULL;
	return -1;
}

static int bpf_open_(const struct target *t, char *why, size_t len)
{
	if (preflight(why, len))
		return -1;
	libbpf_set_print(remember);
	cpus = libbpf_num_possible_cpus();
	if (cpus < 1)
		cpus = 1;
	if (load(t, why, len)) {
		if (raw)
			return -1;
		raw = true;
		if (load(t, why, len))
			return -1;
	}
	return set_cgroup(t, why, len);
}

static int bpf_open_raw(const struct target *t, char *why, size_t len)
{
	raw = true;
	return bpf_open_(t, why, len);
}

/* --- starting ------------------------------------------------------------------ */

static void forking(void)
{
	skel->bss->seed = (unsigned)getpid();
	skel->bss->on = 1;
}

static void add(pid_t pid)
{
	struct count_who w = { 0 };
	unsigned key = (unsigned)pid;

	bpf_map_update_elem(bpf_map__fd(skel->maps.who), &key, &w,
			    BPF_NOEXIST);
}

/* Those that are forked while we look are found by the second look: their
   parents are followed by then. */
static int start(const struct target *t, struct counts *c, char *why,
		 size_t len)
{
	pid_t *list = calloc(LIST_MAX, sizeof(*list));
	long n = 0;

	skel->bss->seed = 0;
	for (int look = 0; list && !t->command && look < 2; look++) {
		n = t->cgroup ? cgroup_members(t->cgroup, list, LIST_MAX) :
				(long)proc_tree(t->pid, list, LIST_MAX);
		for (long i = 0; i < n; i++) {
			add(list[i]);
			counts_proc(c, list[i]);
		}
	}
	free(list);
	if (n < 0 || !list) {
		snprintf(why, len, "cannot list the processes");
		return -1;
	}
	skel->bss->on = 1;
	return 0;
}

/* --- reading --------------------------------------------------------------------- */

static void read_who(struct counts *c)
{
	int fd = bpf_map__fd(skel->maps.who);
	unsigned key, *at = NULL;
	struct count_who w;

	while (bpf_map_get_next_key(fd, at, &key) == 0) {
		struct proc *p;

		at = &key;
		if (bpf_map_lookup_elem(fd, &key, &w))
			continue;
		p = counts_proc(c, (pid_t)key);
		if (!p)
			return;
		if (w.parent)
			p->parent = (pid_t)w.parent;
		if (*w.comm)
			memcpy(p->comm, w.comm, sizeof(p->comm));
		if (!(w.flags & PROC_EXITED))
			continue;
		p->exited = true;
		p->v[M_UTIME] = (int64_t)w.utime - p->base[M_UTIME];
		p->v[M_STIME] = (int64_t)w.stime - p->base[M_STIME];
	}
}

static void add_hot(struct proc *p, const struct count_hot *h)
{
	p->v[M_VOLUNTARY] += (int64_t)h->voluntary;
	p->v[M_INVOLUNTARY] += (int64_t)h->involuntary;
	p->v[M_SYSCALLS] += (int64_t)h->syscalls;
	p->v[M_WAKEUPS] += (int64_t)h->wakeups;
	p->v[M_MIGRATIONS] += (int64_t)h->migrations;
	p->v[M_SUBMITTED] += (int64_t)h->submitted;
	p->v[M_WORKERS] += (int64_t)h->workers;
	p->v[M_WORKER_SWITCHES] += (int64_t)h->worker_switches;
	p->v[M_WORKER_WAKEUPS] += (int64_t)h->worker_wakeups;
	p->v[M_DELAYS] += (int64_t)h->delays;
	p->v[M_DELAY_NS] += (int64_t)h->delay_ns;
	for (int i = 0; i < DELAY_SLOTS; i++)
		p->delay[i] += (int64_t)h->delay[i];
}

static void read_hot(struct counts *c, struct count_hot *copies)
{
	int fd = bpf_map__fd(skel->maps.hot);

	for (size_t i = 0; i < c->n_procs; i++) {
		struct proc *p = &c->procs[i];
		unsigned key = (unsigned)p->pid;

		for (int m = 0; m < N_METRICS; m++)
			if (metric_sources[m] <= FROM_KERNEL)
				p->v[m] = 0;
		memset(p->delay, 0, sizeof(p->delay));
		if (bpf_map_lookup_elem(fd, &key, copies))
			continue;
		for (int n = 0; n < cpus; n++)
			add_hot(p, &copies[n]);
	}
}

static bool add_call(struct counts *c, const struct call *add)
{
	struct call *more;

	more = realloc(c->calls, (c->n_calls + 1) * sizeof(*more));
	if (!more)
		return false;
	c->calls = more;
	c->calls[c->n_calls++] = *add;
	return true;
}

static void read_calls(struct counts *c, struct count_call *copies)
{
	int fd = bpf_map__fd(skel->maps.calls);
	struct count_call_key key, *at = NULL;

	c->n_calls = 0;
	while (bpf_map_get_next_key(fd, at, &key) == 0) {
		struct call call = { .pid = (pid_t)key.tgid, .nr = key.nr };

		at = &key;
		if (bpf_map_lookup_elem(fd, &key, copies))
			continue;
		for (int n = 0; n < cpus; n++) {
			call.calls += (int64_t)copies[n].calls;
			call.voluntary += (int64_t)copies[n].voluntary;
			call.involuntary += (int64_t)copies[n].involuntary;
		}
		if (!add_call(c, &call))
			return;
	}
}

/* Events that found no room, and those that came while the same program was
   running on the CPU. */
static int64_t read_drops(void)
{
	uint64_t *n = calloc((size_t)cpus, sizeof(*n));
	unsigned zero = 0;
	struct bpf_program *p;
	int64_t sum = 0;

	if (n && bpf_map_lookup_elem(bpf_map__fd(skel->maps.drops), &zero,
				     n) == 0)
		for (int i = 0; i < cpus; i++)
			sum += (int64_t)n[i];
	free(n);
	bpf_object__for_each_program(p, skel->obj) {
		struct bpf_prog_info info = { 0 };
		unsigned len = sizeof(info);

		if (bpf_program__fd(p) >= 0 &&
		    bpf_obj_get_info_by_fd(bpf_program__fd(p), &info, &len) ==
			    0)
			sum += (int64_t)info.recursion_misses;
	}
	return sum;
}

static void read_counts(struct counts *c)
{
	size_t room = sizeof(struct count_hot) > sizeof(struct count_call) ?
			      sizeof(struct count_hot) :
			      sizeof(struct count_call);
	void *copies = calloc((size_t)cpus, room);

	if (!copies)
		return;
	read_who(c);
	read_hot(c, copies);
	read_calls(c, copies);
	c->drops = read_drops();
	free(copies);
}

static void measure_self(void)
{
	stats_fd = bpf_enable_stats(BPF_STATS_RUN_TIME);
}

static void overhead(FILE *out, double seconds)
{
	struct bpf_program *p;
	double all = 0;

	if (seconds < 0) {
		measure_self();
		return;
	}
	fprintf(out, "\nkernel programs        runs   ns each\n");
	bpf_object__for_each_program(p, skel->obj) {
		struct bpf_prog_info info = { 0 };
		unsigned len = sizeof(info);

		if (bpf_program__fd(p) < 0 ||
		    bpf_obj_get_info_by_fd(bpf_program__fd(p), &info, &len) ||
		    !info.run_cnt)
			continue;
		all += (double)info.run_time_ns;
		fprintf(out, "%-16s %10llu %9.0f\n", bpf_program__name(p),
			(unsigned long long)info.run_cnt,
			(double)info.run_time_ns / (double)info.run_cnt);
	}
	fprintf(out, "together %.3f s, %.1f %% of a CPU\n", all / 1e9,
		seconds > 0 ? all / 1e7 / seconds : 0);
}

static void bpf_close(void)
{
	ring_count_bpf__destroy(skel);
	skel = NULL;
	if (stats_fd >= 0)
		close(stats_fd);
	stats_fd = -1;
}

#define SOURCES                                                               \
	(1ul << FROM_BPF | 1ul << FROM_KERNEL | 1ul << FROM_ACCOUNTS |        \
	 1ul << FROM_SHIM)

const struct backend backend_bpf = {
	.name = "bpf",
	.open = bpf_open_,
	.forking = forking,
	.start = start,
	.read = read_counts,
	.overhead = overhead,
	.close = bpf_close,
	.sources = SOURCES,
};

const struct backend backend_bpf_raw = {
	.name = "bpf-raw",
	.open = bpf_open_raw,
	.forking = forking,
	.start = start,
	.read = read_counts,
	.overhead = overhead,
	.close = bpf_close,
	.sources = SOURCES,
};
