/*
 * inject - run a program and let certain system calls of it fail
 *
 *	inject [-r FILE] [FAULT]... -- COMMAND [ARGUMENT]...
 *
 *	NAME:N=ERROR	the Nth call of that name fails so
 *	NAME:N+=ERROR	the Nth and all after it
 *	NAME:0=ERROR	none: it is only counted
 *	NAME=kill	whoever makes a call of that number is killed
 *	cq=N		io_uring_setup() is asked for a completion queue of N
 *	shstk		arch_prctl() says that shadow stacks are enabled
 *
 * A seccomp filter has the kernel ask us about each call of these names, and
 * we count, and answer with an error or "go on".  The program needs not be
 * prepared for that and can't tell.  Threads and children count together.
 * -r: write "NAME SEEN FAILED" for each fault to FILE when the command has
 * ended.  Exit status: the command's, 128 + N if a signal ended it.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/io_uring.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#define FAULTS	 16
#define RING_MAP (MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE)

/* What can be named: a call, or those of its calls with (arg & mask) == want. */
static const struct call {
	const char *name;
	int nr, arg;
	unsigned long mask, want;
} calls[] = {
	{ "io_uring_setup", SYS_io_uring_setup, 0, 0, 0 },
	{ "io_uring_enter", SYS_io_uring_enter, 0, 0, 0 },
	{ "io_uring_register", SYS_io_uring_register, 0, 0, 0 },
	{ "epoll_create", SYS_epoll_create1, 0, 0, 0 },
	{ "epoll_ctl", SYS_epoll_ctl, 0, 0, 0 },
	{ "epoll_wait", SYS_epoll_pwait2, 0, 0, 0 },
	{ "eventfd", SYS_eventfd2, 0, 0, 0 },
	{ "ppoll", SYS_ppoll, 0, 0, 0 },
	{ "perf_event_open", SYS_perf_event_open, 0, 0, 0 },
	{ "arch_prctl", SYS_arch_prctl, 0, 0, 0 },
	{ "clone", SYS_clone3, 0, 0, 0 },
	{ "fork", SYS_clone, 0, 0, 0 },
	{ "wait4", SYS_wait4, 0, 0, 0 },
	{ "sched_yield", SYS_sched_yield, 0, 0, 0 },
	{ "rt_tgsigqueueinfo", SYS_rt_tgsigqueueinfo, 0, 0, 0 },
	{ "mmap_shared", SYS_mmap, 3, ~0ul, MAP_SHARED | MAP_ANONYMOUS },
	{ "rt_sigaction", SYS_rt_sigaction, 0, 0, 0 },
	{ "sigaltstack", SYS_sigaltstack, 0, 0, 0 },
	{ "dupfd", SYS_fcntl, 1, ~0ul, F_DUPFD_CLOEXEC },
	{ "mmap", SYS_mmap, 0, 0, 0 },
	/* the shim's own, and those of liburing */
	{ "mmap_ring", SYS_mmap, 3, ~0ul, RING_MAP },
	{ "mmap_uring", SYS_mmap, 3, MAP_POPULATE, MAP_POPULATE },
};

static const struct {
	const char *name;
	int value;
} errors[] = {
	{ "EPERM", EPERM },   { "EINTR", EINTR },   { "EAGAIN", EAGAIN },
	{ "ENOMEM", ENOMEM }, { "EACCES", EACCES }, { "EBUSY", EBUSY },
	{ "EINVAL", EINVAL }, { "ENFILE", ENFILE }, { "EMFILE", EMFILE },
	{ "ENOSPC", ENOSPC }, { "ENOSYS", ENOSYS }, { "ENODEV", ENODEV },
};

#define COUNT(a) (sizeof(a) / sizeof(*(a)))

static struct fault {
	const struct call *call;
	unsigned long nth, seen, failed;
	bool after, kill;
	int error;
} faults[FAULTS];
static int n_faults;
static unsigned cq;
static bool shstk;
static const char *report;

static _Noreturn void die(const char *what)
{
	fprintf(stderr, "inject: %s: %s\n", what, strerror(errno));
	exit(125);
}

static _Noreturn void usage(const char *what)
{
	fprintf(stderr,
		"inject: %s; it is NAME:N=ERROR, NAME:N+=ERROR, NAME=kill, "
		"cq=N or shstk (see inject.c)\n",
		what);
	exit(2);
}

/* "N=ERROR", "N+=ERROR" */
static void parse_error(struct fault *f, char *s)
{
	char *end;

	f->nth = strtoul(s, &end, 10);
	f->after = *end == '+';
	end += f->after;
	for (size_t i = 0; i < COUNT(errors); i++)
		if (*end == '=' && !strcmp(end + 1, errors[i].name))
			f->error = errors[i].value;
}

static void parse(char *s)
{
	struct fault *f = &faults[n_faults];
	char *colon = strchr(s, ':');

	if (!strncmp(s, "cq=", 3)) {
		cq = (unsigned)atoi(s + 3);
		return;
	}
	if (!strcmp(s, "shstk")) {
		shstk = true;
		return;
	}
	if (n_faults == FAULTS)
		usage(s);
	f->kill = !colon && (colon = strchr(s, '=')) && !strcmp(colon, "=kill");
	if (!colon)
		usage(s);
	*colon = '\0';
	for (size_t i = 0; i < COUNT(calls); i++)
		if (!strcmp(s, calls[i].name))
			f->call = &calls[i];
	if (!f->kill)
		parse_error(f, colon + 1);
	if (!f->call || (!f->kill && !f->error))
		usage(s);
	n_faults++;
}

/* --- the program's side ---------------------------------------------------- */

static struct sock_filter stmt(unsigned short code, unsigned k)
{
	return (struct sock_filter){ code, 0, 0, k };
}

/* Two instructions: what the kernel does about calls of that number. */
static void about_number(struct sock_filter *f, int nr, unsigned action)
{
	f[0] = stmt(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)nr);
	f[0].jf = 1;
	f[1] = stmt(BPF_RET | BPF_K, action);
}

/* It asks us. */
static void ask(struct sock_filter *f, int nr)
{
	about_number(f, nr, SECCOMP_RET_USER_NOTIF);
}

/* Have the kernel ask about the named calls.  The listener, or -1. */
static int install(void)
{
	struct sock_filter f[2 * FAULTS + 6];
	struct sock_fprog prog = { .filter = f };
	int n = 0;

	f[n++] = stmt(BPF_LD | BPF_W | BPF_ABS,
		      offsetof(struct seccomp_data, nr));
	for (int i = 0; i < n_faults; i++, n += 2)
		about_number(f + n, faults[i].call->nr,
			     faults[i].kill ? SECCOMP_RET_KILL_PROCESS :
					      SECCOMP_RET_USER_NOTIF);
	if (cq) {
		ask(f + n, SYS_io_uring_setup);
		n += 2;
	}
	if (shstk) {
		ask(f + n, SYS_arch_prctl);
		n += 2;
	}
	f[n++] = stmt(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	prog.len = (unsigned short)n;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		return -1;
	return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
			    SECCOMP_FILTER_FLAG_NEW_LISTENER, &prog);
}

/* The child shares our descriptors until it execs, so the listener, which is
   close-on-exec, stays with us. */
static _Noreturn void child(char **argv, volatile int *listener)
{
	*listener = install() + 1;
	if (*listener == 0)
		*listener = -errno;
	while (!listener[1])
		usleep(100);
	if (*listener < 0)
		_exit(125);
	signal(SIGPIPE, SIG_DFL);
	execvp(argv[0], argv);
	fprintf(stderr, "inject: %s: %s\n", argv[0], strerror(errno));
	_exit(errno == ENOENT ? 127 : 126);
}

/* --- ours -------------------------------------------------------------------- */

static bool about(const struct call *c, const struct seccomp_data *d)
{
	return c->nr == d->nr && (d->args[c->arg] & c->mask) == c->want;
}

/* The error for this call, 0 for none. */
static int verdict(const struct seccomp_data *d)
{
	int error = 0;

	for (int i = 0; i < n_faults; i++) {
		struct fault *f = &faults[i];

		if (!about(f->call, d))
			continue;
		f->seen++;
		if (!f->nth ||
		    (f->after ? f->seen < f->nth : f->seen != f->nth))
			continue;
		f->failed++;
		error = f->error;
	}
	return error;
}

/* Write to what the call's second argument points to. */
static void put(const struct seccomp_notif *q, size_t at, void *what, size_t n)
{
	struct iovec here = { what, n };
	struct iovec there = { (char *)q->data.args[1] + at, n };

	if (process_vm_writev((pid_t)q->pid, &here, 1, &there, 1, 0) < 0)
		die("process_vm_writev");
}

static bool is_shstk_status(const struct seccomp_data *d)
{
	return d->nr == SYS_arch_prctl &&
	       d->args[0] == 0x5005 /* ARCH_SHSTK_STATUS */;
}

static void answer(int listener)
{
	struct seccomp_notif q = { 0 };
	struct seccomp_notif_resp a = { 0 };
	unsigned long enabled = 1 /* ARCH_SHSTK_SHSTK */;

	if (ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &q))
		return; /* it is gone */
	if (cq && q.data.nr == SYS_io_uring_setup)
		put(&q, offsetof(struct io_uring_params, cq_entries), &cq,
		    sizeof(cq));
	a.id = q.id;
	a.error = -verdict(&q.data);
	if (shstk && is_shstk_status(&q.data))
		put(&q, 0, &enabled, sizeof(enabled));
	else if (!a.error)
		a.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
	ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &a);
}

static void tell(void)
{
	FILE *f = report ? fopen(report, "w") : NULL;

	if (!f)
		return;
	for (int i = 0; i < n_faults; i++)
		fprintf(f, "%s %lu %lu\n", faults[i].call->name, faults[i].seen,
			faults[i].failed);
	fclose(f);
}

static int supervise(pid_t pid, int listener)
{
	int pidfd = (int)syscall(SYS_pidfd_open, pid, 0), status;
	struct pollfd p[2] = { { .fd = listener, .events = POLLIN },
			       { .fd = pidfd, .events = POLLIN } };

	if (pidfd < 0)
		die("pidfd_open");
	while (!p[1].revents) {
		if (poll(p, 2, -1) < 0 && errno != EINTR)
			die("poll");
		if (p[0].revents & POLLIN)
			answer(listener);
		else if (p[0].revents)
			p[0].fd = -1;
	}
	waitpid(pid, &status, 0);
	tell();
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int main(int argc, char **argv)
{
	volatile int *shared = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
				    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pid_t pid;
	int i;

	for (i = 1; i < argc && strcmp(argv[i], "--"); i++) {
		if (!strcmp(argv[i], "-r") && i + 1 < argc)
			report = argv[++i];
		else
			parse(argv[i]);
	}
	if (i + 1 >= argc)
		usage("what is to be run?");
	if (shared == MAP_FAILED)
		die("mmap");
	pid = (pid_t)syscall(SYS_clone, CLONE_FILES | SIGCHLD, 0, 0, 0, 0);
	if (pid < 0)
		die("clone");
	if (pid == 0)
		child(argv + i + 1, shared);
	while (!shared[0])
		usleep(100);
	shared[1] = 1;
	errno = -shared[0];
	if (shared[0] < 0)
		die("no seccomp listener here");
	return supervise(pid, shared[0] - 1);
}
