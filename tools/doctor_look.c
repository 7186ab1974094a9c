/*
 * doctor_look.c - small readings of the system, and its versions
 */
#include "doctor.h"
#include "launch.h"

#include <gnu/libc-version.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

long read_number(const char *path, long otherwise)
{
	FILE *f = fopen(path, "re");
	long n;

	if (!f)
		return otherwise;
	if (fscanf(f, "%ld", &n) != 1)
		n = otherwise;
	fclose(f);
	return n;
}

const char *status_line(const char *key)
{
	static char line[256];
	FILE *f = fopen("/proc/self/status", "re");
	size_t n = strlen(key);
	const char *rest = "";

	while (f && !*rest && fgets(line, sizeof(line), f))
		if (!strncmp(line, key, n) && line[n] == ':')
			rest = line + n + 1;
	if (f)
		fclose(f);
	return rest;
}

static bool since(const char *version, int major, int minor)
{
	int a = 0, b = 0;

	sscanf(version, "%d.%d", &a, &b);
	return a > major || (a == major && b >= minor);
}

bool kernel_since(int major, int minor)
{
	struct utsname u;

	return uname(&u) == 0 && since(u.release, major, minor);
}

bool may(int capability)
{
	return strtoull(status_line("CapEff"), NULL, 16) >> capability & 1;
}

bool is_killed(void (*fn)(void))
{
	const struct rlimit no_core = { 0, 0 };
	pid_t pid = fork();
	int status = 0;

	if (pid == 0) {
		setrlimit(RLIMIT_CORE, &no_core);
		fn();
		_exit(0);
	}
	return pid > 0 && waitpid(pid, &status, 0) == pid &&
	       WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS;
}

void look_at_kernel(struct report *r)
{
	const char *glibc = gnu_get_libc_version();
	struct utsname u = { 0 };

	uname(&u);
	report_add(r, OK, "kernel", NULL, "%s %s on %s", u.sysname, u.release,
		   u.machine);
	if (since(glibc, 2, 35))
		report_add(r, OK, "glibc", NULL, "%s", glibc);
	else
		report_add(r, FAIL, "glibc",
			   "use a system with glibc 2.35 or later", "%s",
			   glibc);
}
