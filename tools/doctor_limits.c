/*
 * doctor_limits.c - limits that many connections and threads run into, and
 * what the counter, ring-count, wants
 *
 * None of these keeps the shim from working: they are notes.
 */
#include "doctor.h"
#include "launch.h"

#include <limits.h>
#include <linux/capability.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#define FEW_FILES     4096
#define FEW_THREADS   4096
#define MAPS_A_THREAD 4 /* two stacks with their guards */

#ifndef CAP_PERFMON
#define CAP_PERFMON 38
#define CAP_BPF	    39
#endif

static void look_at_files(struct report *r)
{
	struct rlimit rl = { 0 };

	getrlimit(RLIMIT_NOFILE, &rl);
	if (rl.rlim_cur >= FEW_FILES)
		report_add(r, OK, "descriptors", NULL, "%lu (RLIMIT_NOFILE)",
			   (unsigned long)rl.rlim_cur);
	else
		report_add(r, NOTE, "descriptors",
			   text("for more connections: ulimit -n %lu (as root "
				"also beyond), or LimitNOFILE= in the unit",
				(unsigned long)rl.rlim_max),
			   "%lu (RLIMIT_NOFILE)", (unsigned long)rl.rlim_cur);
}

/* pids.max of this control group or one above it, if it is less than least. */
static long group_limit(long least)
{
	char line[512] = "", *path, *end;
	FILE *f = fopen("/proc/self/cgroup", "re");

	while (f && fgets(line, sizeof(line), f) && strncmp(line, "0::", 3))
		line[0] = '\0';
	if (f)
		fclose(f);
	path = line[0] ? line + 3 : line;
	path[strcspn(path, "\n")] = '\0';
	for (;;) {
		char *file = text("/sys/fs/cgroup%s/pids.max", path);
		long n = read_number(file, LONG_MAX);

		free(file);
		least = n < least ? n : least;
		end = strrchr(path, '/');
		if (!end)
			return least;
		*end = '\0';
	}
}

static void look_at_threads(struct report *r)
{
	long least = read_number("/proc/sys/kernel/threads-max", LONG_MAX), n;
	const char *which = "sysctl kernel.threads-max";
	struct rlimit rl = { 0 };

	getrlimit(RLIMIT_NPROC, &rl);
	if (rl.rlim_cur < (rlim_t)least && geteuid() != 0) {
		least = (long)rl.rlim_cur;
		which = "RLIMIT_NPROC, ulimit -u";
	}
	n = group_limit(least);
	if (n < least) {
		least = n;
		which = "pids.max of the control group";
	}
	n = read_number("/proc/sys/vm/max_map_count", LONG_MAX);
	if (n / MAPS_A_THREAD < least) {
		least = n / MAPS_A_THREAD;
		which = "sysctl vm.max_map_count";
	}
	report_add(r, least < FEW_THREADS ? NOTE : OK, "threads",
		   least < FEW_THREADS ? text("for more: %s", which) : NULL,
		   "some %ld (%s)", least, which);
}

void look_at_limits(struct report *r)
{
	look_at_files(r);
	look_at_threads(r);
}

void look_at_counter(struct report *r)
{
	if (access("/sys/kernel/btf/vmlinux", R_OK) == 0)
		report_add(r, OK, "BTF", NULL, "/sys/kernel/btf/vmlinux");
	else
		report_add(r, NOTE, "BTF",
			   "for ring-count's eBPF: a kernel "
			   "with CONFIG_DEBUG_INFO_BTF",
			   "/sys/kernel/btf/vmlinux cannot be read");
	if (may(CAP_SYS_ADMIN) || (may(CAP_BPF) && may(CAP_PERFMON)))
		report_add(r, OK, "counter", NULL,
			   "has the capabilities that ring-count wants");
	else
		report_add(
			r, NOTE, "counter",
			"sudo ring-count ..., or once: sudo setcap "
			"cap_bpf,cap_perfmon+ep \"$(command -v ring-count)\"",
			"no CAP_BPF and CAP_PERFMON: ring-count counts "
			"without eBPF");
}
