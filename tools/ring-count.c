/*
 * ring-count.c - what a process tree's threads wait in, counted
 *
 * A backend counts (count_bpf.c in the kernel, count_proc.c from what /proc
 * tells), the shim in the process counts its own (count_shim.c), and here
 * both are read: at every interval, and often enough in between that what is
 * known of a process that ends is recent. All numbers are since the start of
 * the counting; an interval is the difference of two copies.
 *
 * A command is forked when the counting is on, so that nothing of its life is
 * missing and its numbers can be held against wait4()'s.
 */
#include "count.h"

#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define LOOK 0.05	/* s between looks at processes that may end, */
#define LOOK_SHARE 20	/* or, if that is more, so many times what one took */

#define M(id, name, source) [M_##id] = name,
const char *const metric_names[N_METRICS] = { METRICS(M) };
#undef M
#define M(id, name, source) [M_##id] = source,
const enum source metric_sources[N_METRICS] = { METRICS(M) };
#undef M

static struct options {
	double interval, duration;
	const char *backend, *output;
	bool overhead;
	char **command;
} opt = { .backend = "auto" };

static struct target target;
static struct report report = { .top = 10 };
static struct counts now, before;
static const struct backend *backend;

static void __attribute__((noreturn, format(printf, 2, 3)))
die(int status, const char *fmt, ...)
{
	va_list ap;

	fputs("ring-count: ", stderr);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	exit(status);
}

/* --- options ----------------------------------------------------------------- */

static const char usage[] =
"usage: ring-count [OPTION]... -p PID | -c CGROUP | [--] COMMAND [ARG]...\n"
"Count what the threads of a process tree wait in: context switches by the\n"
"system call that blocked, system calls, wake-ups, waits for a CPU; and, where\n"
"libring-shim.so is at work, the waits it kept from the kernel.\n"
"\n"
"  -p, --pid=PID        this process and its descendants, until they end\n"
"  -c, --cgroup=PATH    all processes in this cgroup (version 2)\n"
"  -i, --interval=SEC   a line (with --json or --csv: a sample) every so often\n"
"  -d, --duration=SEC   stop counting after so long\n"
"  -T, --top=N          rows in a table (default 10, 0: all)\n"
"      --json, --csv, --openmetrics\n"
"                       for machines\n"
"  -o, --output=FILE    there, not to stdout (with a COMMAND: stderr)\n"
"      --backend=NAME   bpf, bpf-raw, proc, or auto: bpf, and proc where the\n"
"                       kernel refuses\n"
"      --self-overhead  also what the counting itself cost\n"
"  -h, --help           show this help\n"
"  -V, --version        show the version\n"
"\n"
"Ctrl-C ends the counting and prints the summary. The exit status is the\n"
"command's; 125 if counting failed, 126 if the command could not be run, 127 if\n"
"it was not found. See ring-count(8).\n";

enum { OPT_JSON = 256, OPT_CSV, OPT_METRICS, OPT_BACKEND, OPT_OVERHEAD };

static const struct option longopts[] = {
	{ "pid", required_argument, NULL, 'p' },
	{ "cgroup", required_argument, NULL, 'c' },
	{ "interval", required_argument, NULL, 'i' },
	{ "duration", required_argument, NULL, 'd' },
	{ "top", required_argument, NULL, 'T' },
	{ "json", no_argument, NULL, OPT_JSON },
	{ "csv", no_argument, NULL, OPT_CSV },
	{ "openmetrics", no_argument, NULL, OPT_METRICS },
	{ "output", required_argument, NULL, 'o' },
	{ "backend", required_argument, NULL, OPT_BACKEND },
	{ "self-overhead", no_argument, NULL, OPT_OVERHEAD },
	{ "help", no_argument, NULL, 'h' },
	{ "version", no_argument, NULL, 'V' },
	{ 0 },
};

static long number(const char *s, long min, long max, const char *what)
{
	char *end;
	long n;

	errno = 0;
	n = strtol(s, &end, 10);
	if (errno || end == s || *end || n < min || n > max)
		die(2, "%s: not %s (a whole number from %ld on)", s, what,
		    min);
	return n;
}

static double seconds(const char *s, const char *what)
{
	char *end;
	double v = strtod(s, &end);

	if (end == s || *end || !(v >= 0.05 && v <= 1e7))
		die(2, "%s: not %s (seconds, 0.05 or more)", s, what);
	return v;
}

static void set_format(enum format f)
{
	if (report.format != TEXT && report.format != f)
		die(2, "one of --json, --csv and --openmetrics at a time");
	report.format = f;
}

static void set_backend(const char *s)
{
	static const char *const names[] = { "auto", "bpf", "bpf-raw",
					     "proc" };

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (strcmp(s, names[i]) == 0) {
			opt.backend = s;
			return;
		}
	die(2, "--backend=%s: it is auto, bpf, bpf-raw or proc", s);
}

static void __attribute__((noreturn)) tell(const char *s)
{
	if (fputs(s, stdout) == EOF || fflush(stdout))
		die(125, "cannot write: %s", strerror(errno));
	exit(0);
}

static void take(int c)
{
	switch (c) {
	case 'p':
		target.pid = (pid_t)number(optarg, 1, INT_MAX, "a process id");
		break;
	case 'c':
		target.cgroup = optarg;
		break;
	case 'i':
		opt.interval = seconds(optarg, "an interval");
		break;
	case 'd':
		opt.duration = seconds(optarg, "a duration");
		break;
	case 'T':
		report.top = (int)number(optarg, 0, 1000000, "a number of rows");
		break;
	case 'o':
		opt.output = optarg;
		break;
	case OPT_JSON:
	case OPT_CSV:
	case OPT_METRICS:
		set_format((enum format)(c - OPT_JSON + JSON));
		break;
	case OPT_BACKEND:
		set_backend(optarg);
		break;
	case OPT_OVERHEAD:
		opt.overhead = true;
		break;
	case 'h':
		tell(usage);
	case 'V':
		tell("ring-count " PACKAGE_VERSION "\n");
	default:
		fputs("try: ring-count --help\n", stderr);
		exit(2);
	}
}

static void parse(int argc, char **argv)
{
	int c, wanted;

	while ((c = getopt_long(argc, argv, "+p:c:i:d:T:o:hV", longopts,
				NULL)) != -1)
		take(c);
	opt.command = argv[optind] ? argv + optind : NULL;
	wanted = (target.pid != 0) + (target.cgroup != NULL) +
		 (opt.command != NULL);
	if (wanted != 1)
		die(2, "%s: it is -p PID, -c CGROUP or a command (try: "
		       "ring-count --help)",
		    wanted ? "one thing at a time can be counted" :
			     "nothing to count");
	if (opt.interval && report.format == OPENMETRICS)
		die(2, "--openmetrics is one exposition, at the end; it does "
		       "not go with -i");
	if (target.pid && !proc_exists(target.pid))
		die(125, "there is no process %d", target.pid);
	target.command = opt.command != NULL;
}

/* --- the counts --------------------------------------------------------------- */

struct proc *counts_proc(struct counts *c, pid_t pid)
{
	struct proc *p;

	for (size_t i = 0; i < c->n_procs; i++)
		if (c->procs[i].pid == pid)
			return &c->procs[i];
	p = realloc(c->procs, (c->n_procs + 1) * sizeof(*p));
	if (!p)
		die(125, "out of memory");
	c->procs = p;
	p = &p[c->n_procs++];
	memset(p, 0, sizeof(*p));
	p->pid = pid;
	p->based = !c->starting;
	proc_times(p);
	return p;
}

static int by_switches(const void *a, const void *b)
{
	const struct proc *p = a, *q = b;
	int64_t m = p->v[M_VOLUNTARY] + p->v[M_INVOLUNTARY],
		n = q->v[M_VOLUNTARY] + q->v[M_INVOLUNTARY];

	return m != n ? (m < n ? 1 : -1) : p->pid - q->pid;
}

/* By number for adding up; then those of all together first. */
static int by_number(const void *a, const void *b)
{
	const struct call *p = a, *q = b;

	return p->nr != q->nr ? (p->nr < q->nr ? -1 : 1) : p->pid - q->pid;
}

static int by_weight(const void *a, const void *b)
{
	const struct call *p = a, *q = b;

	if (!p->pid != !q->pid)
		return p->pid ? 1 : -1;
	if (p->voluntary != q->voluntary)
		return p->voluntary < q->voluntary ? 1 : -1;
	if (p->calls != q->calls)
		return p->calls < q->calls ? 1 : -1;
	return by_number(a, b);
}

static void sum_calls(struct counts *c)
{
	size_t n = c->n_calls, at = n;
	struct call *all;

	c->n_total_calls = 0;
	if (!n)
		return;
	all = realloc(c->calls, 2 * n * sizeof(*all));
	if (!all)
		die(125, "out of memory");
	c->calls = all;
	qsort(all, n, sizeof(*all), by_number);
	for (size_t i = 0; i < n; i++) {
		if (at == n || all[at - 1].nr != all[i].nr)
			all[at++] = (struct call){ .nr = all[i].nr };
		all[at - 1].calls += all[i].calls;
		all[at - 1].voluntary += all[i].voluntary;
		all[at - 1].involuntary += all[i].involuntary;
	}
	c->n_calls = at;
	c->n_total_calls = at - n;
	qsort(all, at, sizeof(*all), by_weight);
}

static void sum_procs(struct counts *c)
{
	memset(&c->total, 0, sizeof(c->total));
	for (size_t i = 0; i < c->n_procs; i++) {
		const struct proc *p = &c->procs[i];

		for (int m = 0; m < N_METRICS; m++)
			c->total.v[m] += p->v[m];
		for (int s = 0; s < DELAY_SLOTS; s++)
			c->total.delay[s] += p->delay[s];
		c->total.shim |= p->shim;
	}
}

/* What the processes are asked; those that are gone, only what they left. */
static void look(struct counts *c)
{
	for (size_t i = 0; i < c->n_procs; i++) {
		struct proc *p = &c->procs[i];

		if (!p->over)
			shim_read(p);
		p->over = p->exited;
		if (!p->exited && !proc_times(p))
			p->exited = true;
	}
}

static double clock_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static double started;

static void take_counts(void)
{
	now.seconds = clock_now() - started;
	backend->read(&now);
	look(&now);
	qsort(now.procs, now.n_procs, sizeof(*now.procs), by_switches);
	sum_calls(&now);
	sum_procs(&now);
}

static void keep(struct counts *to, const struct counts *from)
{
	struct proc *procs = to->procs;

	*to = *from;
	to->calls = NULL;
	to->n_calls = to->n_total_calls = 0;
	to->procs = realloc(procs, (from->n_procs + 1) * sizeof(*procs));
	if (!to->procs)
		die(125, "out of memory");
	memcpy(to->procs, from->procs, from->n_procs * sizeof(*procs));
}

/* --- the command ---------------------------------------------------------------- */

static int signals = -1;
static sigset_t caught, at_first;

static void catch_signals(void)
{
	sigemptyset(&caught);
	sigaddset(&caught, SIGINT);
	sigaddset(&caught, SIGTERM);
	sigaddset(&caught, SIGHUP);
	sigaddset(&caught, SIGCHLD);
	sigprocmask(SIG_BLOCK, &caught, &at_first);
	signals = signalfd(-1, &caught, SFD_CLOEXEC);
	if (signals < 0)
		die(125, "signalfd: %s", strerror(errno));
}

static pid_t run_command(void)
{
	const char *dir = shim_directory();
	pid_t pid;

	if (backend->forking)
		backend->forking();
	pid = fork();
	if (pid < 0)
		die(125, "fork: %s", strerror(errno));
	if (pid)
		return pid;
	sigprocmask(SIG_SETMASK, &at_first, NULL);
	if (dir)
		setenv("RING_SHIM_STATS", dir, 1);
	execvp(opt.command[0], opt.command);
	fprintf(stderr, "ring-count: %s: %s\n", opt.command[0],
		strerror(errno));
	_exit(errno == ENOENT ? 127 : 126);
}

/* The command has ended: what only its parent is told. */
static void take_usage(const struct rusage *ru)
{
	struct proc *p = &now.total;

	now.command_ended = true;
	now.waited_voluntary = ru->ru_nvcsw;
	now.waited_involuntary = ru->ru_nivcsw;
	if (backend != &backend_proc)
		return;
	/* with all its children that were waited for, and no thread missed */
	p->v[M_VOLUNTARY] = ru->ru_nvcsw;
	p->v[M_INVOLUNTARY] = ru->ru_nivcsw;
	p->v[M_UTIME] = ru->ru_utime.tv_sec * INT64_C(1000000000) +
			ru->ru_utime.tv_usec * INT64_C(1000);
	p->v[M_STIME] = ru->ru_stime.tv_sec * INT64_C(1000000000) +
			ru->ru_stime.tv_usec * INT64_C(1000);
}

/* --- the loop --------------------------------------------------------------------- */

static bool ended, stopped;
static int status;
static struct rusage usage_of_command;

static bool anybody_left(void)
{
	if (target.cgroup)
		return true;
	for (size_t i = 0; i < now.n_procs; i++)
		if (!now.procs[i].exited)
			return true;
	return false;
}

static void reap(void)
{
	int s;

	if (target.command && !ended &&
	    wait4(target.pid, &s, WNOHANG, &usage_of_command) == target.pid) {
		ended = true;
		status = WIFSIGNALED(s) ? 128 + WTERMSIG(s) : WEXITSTATUS(s);
	}
}

/*
 * Ctrl-C on a terminal reaches the command as well; from anywhere else it is
 * passed on. The second time nobody waits for the command any more.
 */
static void on_signal(void)
{
	static int times;
	struct signalfd_siginfo si;

	if (read(signals, &si, sizeof(si)) != sizeof(si))
		return;
	if (si.ssi_signo == SIGCHLD) {
		reap();
		return;
	}
	if (target.command && !ended && si.ssi_code <= 0)
		kill(target.pid, (int)si.ssi_signo);
	if (!target.command || ++times > 1)
		stopped = true;
}

/* Wait for a signal until the time given. */
static void wait_until(double when)
{
	struct pollfd p = { .fd = signals, .events = POLLIN };
	double left = (when - clock_now()) * 1e3;

	if (poll(&p, 1, left > 1e6 ? 1000000 : left > 0 ? (int)left + 1 : 0) > 0)
		on_signal();
	reap();
}

/* Between intervals; returns when to look again. */
static double glance(void)
{
	double from = clock_now(), took;

	backend->read(&now);
	look(&now);
	took = clock_now() - from;
	return clock_now() +
	       (took * LOOK_SHARE > LOOK ? took * LOOK_SHARE : LOOK);
}

static void interval_over(void)
{
	take_counts();
	report_interval(&report, &now, &before);
	keep(&before, &now);
}

static double earliest(double a, double b, double c)
{
	double m = a < b ? a : b;

	return m < c ? m : c;
}

static void count(void)
{
	double end = opt.duration ? started + opt.duration : 1e300;
	double next = opt.interval ? started + opt.interval : 1e300;
	double again = started;

	while (!ended && !stopped && clock_now() < end) {
		if (clock_now() >= next) {
			interval_over();
			next += opt.interval;
		} else if (clock_now() >= again) {
			again = glance();
		}
		if (!target.command && !anybody_left())
			break;
		wait_until(earliest(again, next, end));
	}
	take_counts();
	if (ended)
		take_usage(&usage_of_command);
}

/* --- beginning and end --------------------------------------------------------------- */

static char note[8192];

static void open_backend(void)
{
	char why[6000] = "";

	backend = strcmp(opt.backend, "proc") == 0 ? &backend_proc :
		  strcmp(opt.backend, "bpf-raw") == 0 ? &backend_bpf_raw :
							&backend_bpf;
	if (backend->open(&target, why, sizeof(why)) == 0)
		return;
	if (strcmp(opt.backend, "auto"))
		die(125, "%s%s", why,
		    backend == &backend_proc ? "" :
			    "; --backend=proc counts without");
	snprintf(note, sizeof(note),
		 "%s; counting switches, CPU time and the shim's numbers by "
		 "wait4() and /proc alone (--backend=proc)",
		 why);
	fprintf(stderr, "ring-count: %s\n", note);
	report.note = note;
	backend = &backend_proc;
	if (backend->open(&target, why, sizeof(why)))
		die(125, "%s", why);
}

static void open_output(void)
{
	report.out = target.command ? stderr : stdout;
	if (opt.output)
		report.out = fopen(opt.output, "we");
	if (!report.out)
		die(125, "%s: %s", opt.output, strerror(errno));
	report.color = isatty(fileno(report.out)) &&
		       !(getenv("NO_COLOR") && *getenv("NO_COLOR"));
	report.interval = opt.interval;
}

static void name_target(void)
{
	static char what[64];

	if (target.command)
		report.what = opt.command[0];
	else if (target.cgroup)
		report.what = target.cgroup;
	else
		report.what = what;
	snprintf(what, sizeof(what), "process %d", target.pid);
}

static void begin(void)
{
	char why[1024];

	catch_signals();
	started = clock_now();
	now.starting = !target.command;
	if (target.command)
		target.pid = run_command();
	if (backend->start(&target, &now, why, sizeof(why)))
		die(125, "%s", why);
	look(&now);
	for (size_t i = 0; i < now.n_procs; i++)
		now.procs[i].based = true;
	now.starting = false;
	keep(&before, &now);
}

static void own_cost(void)
{
	struct rusage ru;
	FILE *out = report.format == TEXT ? report.out : stderr;

	if (!opt.overhead)
		return;
	if (backend->overhead)
		backend->overhead(out, now.seconds);
	getrusage(RUSAGE_SELF, &ru);
	fprintf(out, "ring-count itself: %.2f s of CPU time\n",
		(double)(ru.ru_utime.tv_sec + ru.ru_stime.tv_sec) +
			(double)(ru.ru_utime.tv_usec + ru.ru_stime.tv_usec) /
				1e6);
}

/* The counting is over; the command's status is still to be had. */
static void await_command(void)
{
	while (target.command && !ended && !stopped)
		wait_until(1e300);
}

int main(int argc, char **argv)
{
	parse(argc, argv);
	open_output();
	name_target();
	open_backend();
	report.backend = backend;
	if (opt.overhead && backend->overhead)
		backend->overhead(stderr, -1);
	begin();
	count();
	report_end(&report, &now);
	own_cost();
	if (fflush(report.out) || ferror(report.out))
		die(125, "%s: %s", opt.output ? opt.output : "output",
		    strerror(errno));
	backend->close();
	await_command();
	return status;
}
