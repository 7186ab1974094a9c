/*
 * count_report.c - the counts for people to read
 */
#include "count.h"

#include <inttypes.h>
#include <string.h>

#include "ring-shim/stats.h"
#include "tools/count_calls.h"

#define BOLD(r) ((r)->color ? "\033[1m" : "")
#define PLAIN(r) ((r)->color ? "\033[0m" : "")

const char *call_name(unsigned nr, char *buf, size_t len)
{
	if (nr == NO_CALL)
		return "(no call)";
	if (nr < sizeof(call_names) / sizeof(*call_names) && call_names[nr])
		return call_names[nr];
	snprintf(buf, len, "syscall_%u", nr);
	return buf;
}

double kernel_share(const struct proc *p)
{
	double all = (double)p->v[M_UTIME] + (double)p->v[M_STIME];

	return all > 0 ? (double)p->v[M_STIME] / all : -1;
}

/* Voluntary switches without the shim: those that were and those it saved. */
int64_t would_have(const struct proc *p)
{
	return p->v[M_VOLUNTARY] + p->v[M_SAVED];
}

static bool have(const struct report *r, enum metric m)
{
	return has_metric(r->backend, m);
}

/* --- an interval ----------------------------------------------------------- */

static struct proc minus(const struct proc *a, const struct proc *b)
{
	struct proc d = *a;

	for (int m = 0; m < N_METRICS; m++)
		d.v[m] -= b->v[m];
	return d;
}

static void rate(FILE *out, bool there, int64_t n, double s, int width)
{
	if (there && s > 0)
		fprintf(out, " %*.0f", width, (double)n / s);
	else
		fprintf(out, " %*s", width, "-");
}

static void heading(struct report *r)
{
	static unsigned lines;

	if (lines++ % 20)
		return;
	fprintf(r->out,
		"%s%8s %10s %10s %10s %10s %10s %10s %10s %7s%s\n", BOLD(r),
		"seconds", "voluntary", "involunt.", "syscalls", "wake-ups",
		"parks", "u-switches", "saved", "kernel", PLAIN(r));
}

static void text_interval(struct report *r, const struct counts *now,
			  const struct counts *before)
{
	struct proc d = minus(&now->total, &before->total);
	double s = now->seconds - before->seconds, share = kernel_share(&d);

	heading(r);
	fprintf(r->out, "%8.1f", now->seconds);
	rate(r->out, true, d.v[M_VOLUNTARY], s, 10);
	rate(r->out, true, d.v[M_INVOLUNTARY], s, 10);
	rate(r->out, have(r, M_SYSCALLS), d.v[M_SYSCALLS], s, 10);
	rate(r->out, have(r, M_WAKEUPS), d.v[M_WAKEUPS], s, 10);
	rate(r->out, d.shim, d.v[M_PARKS] + d.v[M_HOME_PARKS], s, 10);
	rate(r->out, d.shim, d.v[M_USWITCHES], s, 10);
	rate(r->out, d.shim, d.v[M_SAVED], s, 10);
	if (share >= 0)
		fprintf(r->out, " %5.0f %%\n", 100 * share);
	else
		fprintf(r->out, " %7s\n", "-");
	fflush(r->out);
}

void report_interval(struct report *r, const struct counts *now,
		     const struct counts *before)
{
	if (r->format == JSON)
		json_interval(r, now, before);
	else if (r->format == CSV)
		csv_rows(r, now, before);
	else
		text_interval(r, now, before);
}

/* --- the summary -------------------------------------------------------------- */

static void row(struct report *r, const char *name, int64_t n, double s)
{
	fprintf(r->out, "  %-36s %14" PRId64, name, n);
	if (s > 0)
		fprintf(r->out, " %12.1f /s", (double)n / s);
	fputc('\n', r->out);
}

static void metric_row(struct report *r, const struct counts *c,
		       const char *name, enum metric m)
{
	if (have(r, m))
		row(r, name, c->total.v[m], c->seconds);
}

static void kernel_rows(struct report *r, const struct counts *c)
{
	const int64_t *v = c->total.v;
	double share = kernel_share(&c->total);

	metric_row(r, c, "context switches, voluntary", M_VOLUNTARY);
	metric_row(r, c, "context switches, involuntary", M_INVOLUNTARY);
	metric_row(r, c, "system calls", M_SYSCALLS);
	metric_row(r, c, "wake-ups", M_WAKEUPS);
	metric_row(r, c, "migrations", M_MIGRATIONS);
	metric_row(r, c, "io_uring requests submitted", M_SUBMITTED);
	if (v[M_WORKERS] || v[M_WORKER_SWITCHES]) {
		metric_row(r, c, "io workers started", M_WORKERS);
		metric_row(r, c, "io workers' switches (apart)",
			   M_WORKER_SWITCHES);
	}
	fprintf(r->out, "  %-36s %14.2f s, of it in the kernel %.2f s",
		"CPU time", (double)(v[M_UTIME] + v[M_STIME]) / 1e9,
		(double)v[M_STIME] / 1e9);
	if (share >= 0)
		fprintf(r->out, " (%.0f %%)", 100 * share);
	fputc('\n', r->out);
}

static void shim_rows(struct report *r, const struct counts *c)
{
	const int64_t *v = c->total.v;
	int64_t would = would_have(&c->total);

	if (!c->total.shim)
		return;
	fprintf(r->out, "\n%sring-shim, by its own count%s\n", BOLD(r),
		PLAIN(r));
	row(r, "waits in user space (parks)", v[M_PARKS], c->seconds);
	row(r, "  of them sends, which hardly wait", v[M_SENDS], c->seconds);
	row(r, "switches in user space", v[M_USWITCHES], c->seconds);
	row(r, "waits at home or leaving it", v[M_HOME_PARKS], c->seconds);
	row(r, "carriers' waits in the kernel", v[M_CARRIER_WAITS],
	    c->seconds);
	row(r, "threads that went home", v[M_WENT_HOME], c->seconds);
	row(r, "threads made", v[M_THREADS], c->seconds);
	row(r, "  of them recycled", v[M_RECYCLED], c->seconds);
	fprintf(r->out,
		"  %ssaved%s: %" PRId64 " voluntary switches would have been, "
		"%" PRId64 " were: %" PRId64 " less",
		BOLD(r), PLAIN(r), would, v[M_VOLUNTARY], v[M_SAVED]);
	if (would > 0)
		fprintf(r->out, " (%.1f %%)",
			100 * (double)v[M_SAVED] / (double)would);
	fputc('\n', r->out);
}

static void call_table(struct report *r, const struct counts *c)
{
	size_t n = c->n_total_calls, left = 0;
	char buf[32];

	if (!n)
		return;
	fprintf(r->out, "\n%s%-22s %14s %14s %14s%s\n", BOLD(r),
		"switches, blocked in", "voluntary", "involuntary", "calls",
		PLAIN(r));
	for (size_t i = 0; i < n; i++) {
		const struct call *k = &c->calls[i];

		if (r->top && i >= (size_t)r->top) {
			left++;
			continue;
		}
		fprintf(r->out,
			"  %-20s %14" PRId64 " %14" PRId64 " %14" PRId64 "\n",
			call_name(k->nr, buf, sizeof(buf)), k->voluntary,
			k->involuntary, k->calls);
	}
	if (left)
		fprintf(r->out, "  and %zu more (-T 0 shows all)\n", left);
}

static void proc_row(struct report *r, const struct proc *p)
{
	double share = kernel_share(p);

	fprintf(r->out, "  %7d %-15s %11" PRId64 " %11" PRId64, p->pid, p->comm,
		p->v[M_VOLUNTARY], p->v[M_INVOLUNTARY]);
	if (have(r, M_SYSCALLS))
		fprintf(r->out, " %11" PRId64, p->v[M_SYSCALLS]);
	else
		fprintf(r->out, " %11s", "-");
	if (p->shim)
		fprintf(r->out, " %11" PRId64 " %11" PRId64,
			p->v[M_PARKS] + p->v[M_HOME_PARKS], p->v[M_SAVED]);
	else
		fprintf(r->out, " %11s %11s", "-", "-");
	if (share >= 0)
		fprintf(r->out, " %5.0f %%\n", 100 * share);
	else
		fprintf(r->out, " %7s\n", "-");
}

static void proc_table(struct report *r, const struct counts *c)
{
	if (c->n_procs < 2)
		return;
	fprintf(r->out, "\n%s  %7s %-15s %11s %11s %11s %11s %11s %7s%s\n",
		BOLD(r), "process", "", "voluntary", "involunt.", "syscalls",
		"parks", "saved", "kernel", PLAIN(r));
	for (size_t i = 0; i < c->n_procs; i++) {
		if (r->top && i >= (size_t)r->top) {
			fprintf(r->out, "  and %zu more (-T 0 shows all)\n",
				c->n_procs - i);
			break;
		}
		proc_row(r, &c->procs[i]);
	}
}

static void histogram(struct report *r, const struct proc *t)
{
	static const char bar[] = "########################################";
	int64_t most = 0;
	int last = 0;

	for (int i = 0; i < DELAY_SLOTS; i++) {
		if (t->delay[i] > most)
			most = t->delay[i];
		if (t->delay[i])
			last = i;
	}
	for (int i = 0; most && i <= last; i++)
		fprintf(r->out, "  %9" PRIu64 " %14" PRId64 " %.*s\n",
			i ? UINT64_C(1) << i : 0, t->delay[i],
			(int)(40 * t->delay[i] / most), bar);
}

static void delay_table(struct report *r, const struct counts *c)
{
	const int64_t *v = c->total.v;

	if (!v[M_DELAYS])
		return;
	fprintf(r->out,
		"\n%swaits for a CPU%s: %" PRId64 ", mean %.1f us%s\n",
		BOLD(r), PLAIN(r), v[M_DELAYS],
		(double)v[M_DELAY_NS] / 1e3 / (double)v[M_DELAYS],
		have(r, M_WAKEUPS) ? "; from us on" : "");
	histogram(r, &c->total);
}

static void text_end(struct report *r, const struct counts *c)
{
	fprintf(r->out, "%sring-count: %s%s, %.2f s, backend %s", BOLD(r),
		r->what, PLAIN(r), c->seconds, r->backend->name);
	if (have(r, M_SYSCALLS))
		fprintf(r->out, ", %" PRId64 " events dropped", c->drops);
	fputc('\n', r->out);
	kernel_rows(r, c);
	shim_rows(r, c);
	call_table(r, c);
	proc_table(r, c);
	delay_table(r, c);
}

void report_end(struct report *r, const struct counts *now)
{
	switch (r->format) {
	case TEXT:
		text_end(r, now);
		break;
	case JSON:
		json_end(r, now);
		break;
	case CSV:
		if (!r->interval)
			csv_rows(r, now, NULL);
		break;
	case OPENMETRICS:
		openmetrics(r, now);
		break;
	}
}
