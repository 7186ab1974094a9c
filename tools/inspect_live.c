/*
 * inspect_live.c - what a running process does now
 *
 * From /proc alone, which changes while it is read: a thread that ends
 * meanwhile is not counted, a process that ends meanwhile is said to be gone.
 * The system call that a thread waits in is in task/TID/syscall, for who may
 * trace the process; else wchan, the kernel's function, must do.
 */
#include "inspect.h"
#include "launch.h"

#include <dirent.h>
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static const struct call {
	int nr;
	const char *name;
	enum wait_kind kind;
	const char *wchan; /* where the kernel waits for it */
} known[] = {
	{ SYS_read, "read", WAIT_BLOCKED, "pipe_read" },
	{ SYS_write, "write", WAIT_BLOCKED, "pipe_write" },
	{ SYS_readv, "readv", WAIT_BLOCKED, NULL },
	{ SYS_writev, "writev", WAIT_BLOCKED, NULL },
	{ SYS_recvfrom, "recvfrom", WAIT_BLOCKED, "wait_woken" },
	{ SYS_recvmsg, "recvmsg", WAIT_BLOCKED, "__skb_wait_for_more_packets" },
	{ SYS_recvmmsg, "recvmmsg", WAIT_BLOCKED, NULL },
	{ SYS_sendto, "sendto", WAIT_BLOCKED, "sk_stream_wait_memory" },
	{ SYS_sendmsg, "sendmsg", WAIT_BLOCKED, "sock_alloc_send_pskb" },
	{ SYS_accept, "accept", WAIT_BLOCKED, "inet_csk_accept" },
	{ SYS_accept4, "accept4", WAIT_BLOCKED, NULL },
	{ SYS_connect, "connect", WAIT_BLOCKED, NULL },
	{ SYS_poll, "poll", WAIT_BLOCKED, "poll_schedule_timeout" },
	{ SYS_ppoll, "ppoll", WAIT_BLOCKED, "do_sys_poll" },
	{ SYS_select, "select", WAIT_BLOCKED, "do_select" },
	{ SYS_pselect6, "pselect6", WAIT_BLOCKED, NULL },
	{ SYS_futex, "futex", WAIT_BLOCKED, "futex_" },
	{ SYS_nanosleep, "nanosleep", WAIT_BLOCKED, "hrtimer_nanosleep" },
	{ SYS_clock_nanosleep, "clock_nanosleep", WAIT_BLOCKED,
	  "do_nanosleep" },
	{ SYS_epoll_wait, "epoll_wait", WAIT_LOOP, "ep_poll" },
	{ SYS_epoll_pwait, "epoll_pwait", WAIT_LOOP, "do_epoll_wait" },
	{ 441, "epoll_pwait2", WAIT_LOOP, NULL },
	{ SYS_io_uring_enter, "io_uring_enter", WAIT_LOOP, "io_cqring_wait" },
	{ SYS_wait4, "wait4", WAIT_OTHER, "do_wait" },
	{ SYS_waitid, "waitid", WAIT_OTHER, NULL },
	{ SYS_rt_sigtimedwait, "rt_sigtimedwait", WAIT_OTHER,
	  "do_sigtimedwait" },
	{ SYS_rt_sigsuspend, "rt_sigsuspend", WAIT_OTHER, "sigsuspend" },
	{ SYS_pause, "pause", WAIT_OTHER, "__do_sys_pause" },
	{ SYS_flock, "flock", WAIT_OTHER, "flock_lock_inode_wait" },
	{ SYS_fcntl, "fcntl", WAIT_OTHER, "fcntl_setlk" },
	{ SYS_restart_syscall, "restart_syscall", WAIT_OTHER, NULL },
};

#define KNOWN (sizeof(known) / sizeof(*known))

static const struct call running = { -1, "running", WAIT_RUN, NULL };
static const struct call elsewhere = { -1, "something else", WAIT_OTHER, NULL };

/* The start of a file of a process; its length, or -errno. */
static int slurp(pid_t pid, const char *name, char *buf, size_t room)
{
	char *path = text("/proc/%d/%s", pid, name);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, buf, room - 1);
	int error = errno;

	free(path);
	if (fd >= 0)
		close(fd);
	buf[n < 0 ? 0 : n] = '\0';
	return n < 0 ? -error : (int)n;
}

/* --- threads ---------------------------------------------------------------- */

static const struct call *by_number(const char *said)
{
	char *end;
	long nr = strtol(said, &end, 10);

	if (end == said || nr < 0)
		return &running;
	for (size_t i = 0; i < KNOWN; i++)
		if (known[i].nr == nr)
			return &known[i];
	return &elsewhere;
}

static const struct call *by_wchan(const char *name)
{
	if (!*name || !strcmp(name, "0"))
		return &running;
	for (size_t i = 0; i < KNOWN; i++)
		if (known[i].wchan &&
		    !strncmp(name, known[i].wchan, strlen(known[i].wchan)))
			return &known[i];
	return &elsewhere;
}

static void count(struct live *l, const struct call *c)
{
	int i = 0;

	l->threads++;
	l->kinds[c->kind]++;
	while (i < l->n_calls && l->calls[i].name != c->name)
		i++;
	if (i == CALLS_MAX)
		return;
	if (i == l->n_calls) {
		l->calls[i].name = c->name;
		l->n_calls++;
	}
	l->calls[i].threads++;
}

static void look_at_thread(struct live *l, const char *tid)
{
	char *file = text("task/%s/syscall", tid), said[256];
	int n = slurp(l->pid, file, said, sizeof(said));

	free(file);
	if (n > 0) {
		count(l, by_number(said));
		return;
	}
	file = text("task/%s/wchan", tid);
	n = slurp(l->pid, file, said, sizeof(said));
	free(file);
	if (n != -ENOENT && n != -ESRCH)
		count(l, n < 0 ? &elsewhere : by_wchan(said));
}

static void look_at_threads(struct live *l)
{
	char *path = text("/proc/%d/task", l->pid);
	DIR *d = opendir(path);
	struct dirent *e;

	free(path);
	while (d && (e = readdir(d)))
		if (e->d_name[0] != '.')
			look_at_thread(l, e->d_name);
	if (d)
		closedir(d);
	l->gone = l->threads == 0;
}

static int more_threads(const void *a, const void *b)
{
	const int *x = (const int *)((const char *)a + sizeof(char *));
	const int *y = (const int *)((const char *)b + sizeof(char *));

	return *y - *x;
}

/* --- what is loaded ----------------------------------------------------------- */

static void look_at_map(struct live *l, const char *path)
{
	const char *base = strrchr(path, '/') + 1;

	if (!strcmp(base, LIBRARY)) {
		l->shim = true;
		snprintf(l->shim_path, sizeof(l->shim_path), "%s", path);
	}
	libs_name(base, &l->jvm, &l->runtime, &l->sanitizer);
	l->valgrind |= !strncmp(base, "vgpreload_", 10);
}

/* False if that may not be read. */
static bool look_at_maps(struct live *l)
{
	char *path = text("/proc/%d/maps", l->pid), *line = NULL;
	FILE *f = fopen(path, "re");
	size_t room = 0;

	free(path);
	if (!f)
		return false;
	while (getline(&line, &room, f) > 0) {
		line[strcspn(line, "\n")] = '\0';
		path = strchr(line, '/');
		if (path)
			look_at_map(l, path);
	}
	free(line);
	fclose(f);
	return true;
}

/* With the shim in: the engine shows by the descriptors it has open. */
static void look_at_descriptors(struct live *l)
{
	char *dir = text("/proc/%d/fd", l->pid), to[64];
	DIR *d = opendir(dir);
	struct dirent *e;

	while (d && (e = readdir(d))) {
		ssize_t n = readlinkat(dirfd(d), e->d_name, to, sizeof(to) - 1);

		to[n < 0 ? 0 : n] = '\0';
		if (!strcmp(to, "anon_inode:[io_uring]"))
			l->engine = "io_uring";
		else if (!strcmp(to, "anon_inode:[eventpoll]") && !l->engine)
			l->engine = "epoll";
	}
	free(dir);
	if (d)
		closedir(d);
}

static void look_at_auxv(struct live *l)
{
	Elf64_auxv_t a[64];
	int n = slurp(l->pid, "auxv", (char *)a, sizeof(a));

	for (int i = 0; i < n / (int)sizeof(*a); i++)
		if (a[i].a_type == AT_SECURE && a[i].a_un.a_val)
			l->secure = true;
}

/* --- the whole ------------------------------------------------------------------- */

static void open_process(struct subject *s, pid_t pid)
{
	char *exe = text("/proc/%d/exe", pid), path[PATH_MAX];
	ssize_t n = readlink(exe, path, sizeof(path) - 1);

	if (kill(pid, 0) && errno == ESRCH)
		stop(EXIT_USAGE, "%d: there is no such process", pid);
	if (n < 0 && errno == ENOENT)
		stop(EXIT_USAGE,
		     "%d: a kernel thread, or a process that has "
		     "ended",
		     pid);
	s->fd = n < 0 ? -1 : open(exe, O_RDONLY | O_CLOEXEC);
	if (s->fd < 0)
		stop(EXIT_USAGE,
		     "%d: it is another user's (%s): run this as "
		     "that user or as root",
		     pid, strerror(errno));
	s->path = text("%.*s", (int)n, path);
	free(exe);
}

static void add_facts(struct subject *s)
{
	struct live *l = s->live;
	char *calls = text("%s", "");

	qsort(l->calls, (size_t)l->n_calls, sizeof(*l->calls), more_threads);
	for (int i = 0; i < l->n_calls; i++)
		calls = text("%s%s%s %d", calls, i ? ", " : "",
			     l->calls[i].name, l->calls[i].threads);
	report_add(&s->facts, PLAIN, "program", NULL, "%s", s->path);
	report_add(&s->facts, PLAIN, "threads", NULL, "%d", l->threads);
	report_add(&s->facts, PLAIN, "they wait in", NULL, "%s", calls);
	if (l->shim)
		report_add(&s->facts, PLAIN, "library", NULL, "%s",
			   l->shim_path);
	if (l->shim)
		report_add(&s->facts, PLAIN, "engine", NULL, "%s",
			   l->engine ? l->engine
				     : "not started: it has made "
				       "no thread, or stepped down");
}

void live_look(struct subject *s, pid_t pid)
{
	struct live *l = must_alloc(calloc(1, sizeof(*l)));

	l->pid = pid;
	s->live = l;
	open_process(s, pid);
	s->broken = elf_read(s->fd, &s->elf);
	if (!look_at_maps(l))
		stop(EXIT_USAGE,
		     "%d: it may not be looked at: run this as "
		     "root",
		     pid);
	look_at_threads(l);
	look_at_auxv(l);
	if (l->shim)
		look_at_descriptors(l);
	if (l->gone)
		stop(EXIT_USAGE, "%d: it ended meanwhile", pid);
	add_facts(s);
}
