/*
 * count_machine.c - the counts for machines: JSON, CSV, OpenMetrics
 *
 * JSON is one document: samples first, as they come (each the difference to
 * the one before), then what is known at the end. A metric that the backend
 * does not have is null. Its layout is SCHEMA's, told in ring-count(8).
 */
#include "count.h"

#include <inttypes.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "ring-shim/stats.h"

static const char *const engines[] = {
	[RING_SHIM_ENGINE_NONE] = "none",
	[RING_SHIM_ENGINE_EPOLL] = "epoll",
	[RING_SHIM_ENGINE_IO_URING] = "io_uring",
};

/* The backend has it and, if it is the shim's, so has the process. */
static bool have(const struct report *r, const struct proc *p, enum metric m)
{
	return has_metric(r->backend, m) &&
	       (metric_sources[m] != FROM_SHIM || p->shim);
}

/* --- JSON ------------------------------------------------------------------- */

static void string(FILE *out, const char *s)
{
	fputc('"', out);
	for (; *s; s++) {
		unsigned char c = (unsigned char)*s;

		if (c == '"' || c == '\\')
			fprintf(out, "\\%c", c);
		else if (c < 0x20 || c > 0x7e)
			fprintf(out, "\\u%04x", c);
		else
			fputc(c, out);
	}
	fputc('"', out);
}

static void field(FILE *out, const char *name, const char *value)
{
	string(out, name);
	fputc(':', out);
	if (value)
		string(out, value);
	else
		fputs("null", out);
}

static void metrics(struct report *r, const struct proc *p,
		    const struct proc *less)
{
	for (int m = 0; m < N_METRICS; m++) {
		fprintf(r->out, "%s\"%s\":", m ? "," : "", metric_names[m]);
		if (have(r, p, (enum metric)m))
			fprintf(r->out, "%" PRId64,
				p->v[m] - (less ? less->v[m] : 0));
		else
			fputs("null", r->out);
	}
}

static const char *cpu_model(void)
{
	static char line[256];
	FILE *f = fopen("/proc/cpuinfo", "re");
	char *model = NULL;

	while (f && !model && fgets(line, sizeof(line), f))
		if (strncmp(line, "model name", 10) == 0)
			model = strchr(line, ':');
	if (f)
		fclose(f);
	if (!model)
		return NULL;
	model[strcspn(model, "\n")] = '\0';
	return model + 2;
}

static void json_begin(struct report *r)
{
	static bool begun;
	struct utsname u;

	if (begun)
		return;
	begun = true;
	uname(&u);
	fputs("{", r->out);
	field(r->out, "schema", SCHEMA);
	fputc(',', r->out);
	field(r->out, "version", PACKAGE_VERSION);
	fputc(',', r->out);
	field(r->out, "backend", r->backend->name);
	fputc(',', r->out);
	field(r->out, "note", r->note);
	fputc(',', r->out);
	field(r->out, "target", r->what);
	fputc(',', r->out);
	field(r->out, "kernel", u.release);
	fputc(',', r->out);
	field(r->out, "cpu", cpu_model());
	fprintf(r->out, ",\"cpus\":%ld,\"started\":%lld,\n\"samples\":[",
		sysconf(_SC_NPROCESSORS_ONLN), (long long)time(NULL));
}

void json_interval(struct report *r, const struct counts *now,
		   const struct counts *before)
{
	static bool more;

	json_begin(r);
	fprintf(r->out, "%s\n{\"seconds\":%.6f,", more ? "," : "",
		now->seconds);
	metrics(r, &now->total, &before->total);
	fputs("}", r->out);
	fflush(r->out);
	more = true;
}

static const char *source_name(const struct report *r, enum source s)
{
	static const char *const names[] = {
		[FROM_BPF] = "bpf",
		[FROM_KERNEL] = "bpf",
		[FROM_ACCOUNTS] = "proc",
		[FROM_SHIM] = "shim",
	};

	if (!(r->backend->sources >> s & 1))
		return NULL;
	if (s == FROM_KERNEL && !(r->backend->sources >> FROM_BPF & 1))
		return "proc";
	return names[s];
}

static void json_sources(struct report *r)
{
	fputs("\"sources\":{", r->out);
	for (int m = 0; m < N_METRICS; m++) {
		if (m)
			fputc(',', r->out);
		field(r->out, metric_names[m],
		      source_name(r, metric_sources[m]));
	}
	fputs("},\n", r->out);
}

/* Those of one process, 0 for all together. */
static void json_calls(struct report *r, const struct counts *c, pid_t pid)
{
	bool more = false;
	char buf[32];

	fputs("\"calls\":{", r->out);
	for (size_t i = 0; i < c->n_calls; i++) {
		const struct call *k = &c->calls[i];

		if (k->pid != pid)
			continue;
		fprintf(r->out,
			"%s\"%s\":{\"calls\":%" PRId64
			",\"voluntary_switches\":%" PRId64
			",\"involuntary_switches\":%" PRId64 "}",
			more ? "," : "", call_name(k->nr, buf, sizeof(buf)),
			k->calls, k->voluntary, k->involuntary);
		more = true;
	}
	fputc('}', r->out);
}

static void json_delays(struct report *r, const struct proc *p)
{
	fputs("\"runqueue_wait_us_log2\":", r->out);
	if (!has_metric(r->backend, M_WAKEUPS)) {
		fputs("null,", r->out);
		return;
	}
	for (int i = 0; i < DELAY_SLOTS; i++)
		fprintf(r->out, "%c%" PRId64, i ? ',' : '[', p->delay[i]);
	fputs("],", r->out);
}

static void json_proc(struct report *r, const struct counts *c,
		      const struct proc *p)
{
	fprintf(r->out, "{\"pid\":%d,\"parent\":%d,\"exited\":%s,", p->pid,
		p->parent, p->exited ? "true" : "false");
	field(r->out, "command", p->comm);
	fputc(',', r->out);
	field(r->out, "shim_engine", p->shim ? engines[p->engine] : NULL);
	fputc(',', r->out);
	metrics(r, p, NULL);
	fputc(',', r->out);
	json_delays(r, p);
	json_calls(r, c, p->pid);
	fputc('}', r->out);
}

void json_end(struct report *r, const struct counts *now)
{
	json_begin(r);
	fprintf(r->out, "],\n\"seconds\":%.6f,\"drops\":", now->seconds);
	if (has_metric(r->backend, M_SYSCALLS))
		fprintf(r->out, "%" PRId64 ",\n", now->drops);
	else
		fputs("null,\n", r->out);
	fputs("\"wait4\":", r->out);
	if (now->command_ended)
		fprintf(r->out,
			"{\"voluntary_switches\":%" PRId64
			",\"involuntary_switches\":%" PRId64 "},\n",
			now->waited_voluntary, now->waited_involuntary);
	else
		fputs("null,\n", r->out);
	json_sources(r);
	fputs("\"total\":{", r->out);
	metrics(r, &now->total, NULL);
	fputc(',', r->out);
	json_delays(r, &now->total);
	json_calls(r, now, 0);
	fputs("},\n\"processes\":[", r->out);
	for (size_t i = 0; i < now->n_procs; i++) {
		fputs(i ? ",\n" : "\n", r->out);
		json_proc(r, now, &now->procs[i]);
	}
	fputs("]}\n", r->out);
}

/* --- CSV -------------------------------------------------------------------- */

static void csv_row(struct report *r, double seconds, const struct proc *p,
		    const struct proc *less)
{
	fprintf(r->out, "%.6f,%d,\"", seconds, p->pid);
	for (const char *s = p->pid ? p->comm : "(all)"; *s; s++)
		fprintf(r->out, *s == '"' ? "\"\"" : "%c", *s);
	fputc('"', r->out);
	for (int m = 0; m < N_METRICS; m++) {
		fputc(',', r->out);
		if (have(r, p, (enum metric)m))
			fprintf(r->out, "%" PRId64,
				p->v[m] - (less ? less->v[m] : 0));
	}
	fputc('\n', r->out);
}

static const struct proc *earlier(const struct counts *c, pid_t pid)
{
	for (size_t i = 0; c && i < c->n_procs; i++)
		if (c->procs[i].pid == pid)
			return &c->procs[i];
	return NULL;
}

void csv_rows(struct report *r, const struct counts *now,
	      const struct counts *before)
{
	static bool begun;

	if (!begun) {
		fputs("seconds,pid,command", r->out);
		for (int m = 0; m < N_METRICS; m++)
			fprintf(r->out, ",%s", metric_names[m]);
		fputc('\n', r->out);
		begun = true;
	}
	csv_row(r, now->seconds, &now->total, before ? &before->total : NULL);
	for (size_t i = 0; i < now->n_procs; i++)
		csv_row(r, now->seconds, &now->procs[i],
			earlier(before, now->procs[i].pid));
	fflush(r->out);
}

/* --- OpenMetrics ------------------------------------------------------------ */

static void label(FILE *out, const char *s)
{
	for (; *s; s++) {
		if (*s == '\\' || *s == '"')
			fputc('\\', out);
		fputc(*s == '\n' ? ' ' : *s, out);
	}
}

static void one_metric(struct report *r, const struct counts *c,
		       enum metric m)
{
	bool gauge = m == M_SAVED;	/* the only one that may fall */
	bool begun = false;

	for (size_t i = 0; i < c->n_procs; i++) {
		const struct proc *p = &c->procs[i];

		if (!have(r, p, m))
			continue;
		if (!begun)
			fprintf(r->out, "# TYPE ring_count_%s %s\n",
				metric_names[m], gauge ? "gauge" : "counter");
		begun = true;
		fprintf(r->out, "ring_count_%s%s{pid=\"%d\",command=\"",
			metric_names[m], gauge ? "" : "_total", p->pid);
		label(r->out, p->comm);
		fprintf(r->out, "\"} %" PRId64 "\n", p->v[m]);
	}
}

static void call_metric(struct report *r, const struct counts *c,
			const char *name, size_t offset)
{
	char buf[32];

	fprintf(r->out, "# TYPE ring_count_call_%s counter\n", name);
	for (size_t i = 0; i < c->n_total_calls; i++)
		fprintf(r->out,
			"ring_count_call_%s_total{call=\"%s\"} %" PRId64 "\n",
			name, call_name(c->calls[i].nr, buf, sizeof(buf)),
			*(const int64_t *)((const char *)&c->calls[i] +
					   offset));
}

static void delay_metric(struct report *r, const struct proc *t)
{
	int64_t sum = 0;

	fputs("# TYPE ring_count_runqueue_wait_seconds histogram\n"
	      "# UNIT ring_count_runqueue_wait_seconds seconds\n", r->out);
	for (int i = 0; i < DELAY_SLOTS; i++) {
		sum += t->delay[i];
		fputs("ring_count_runqueue_wait_seconds_bucket{le=\"", r->out);
		if (i == DELAY_SLOTS - 1)
			fputs("+Inf", r->out);
		else
			fprintf(r->out, "%.6f",
				(double)(UINT64_C(2) << i) / 1e6);
		fprintf(r->out, "\"} %" PRId64 "\n", sum);
	}
	fprintf(r->out,
		"ring_count_runqueue_wait_seconds_count %" PRId64 "\n"
		"ring_count_runqueue_wait_seconds_sum %.9f\n",
		sum, (double)t->v[M_DELAY_NS] / 1e9);
}

void openmetrics(struct report *r, const struct counts *c)
{
	for (int m = 0; m < N_METRICS; m++)
		one_metric(r, c, (enum metric)m);
	if (has_metric(r->backend, M_SYSCALLS)) {
		call_metric(r, c, "calls", offsetof(struct call, calls));
		call_metric(r, c, "voluntary_switches",
			    offsetof(struct call, voluntary));
		delay_metric(r, &c->total);
		fprintf(r->out,
			"# TYPE ring_count_drops counter\n"
			"ring_count_drops_total %" PRId64 "\n",
			c->drops);
	}
	fputs("# EOF\n", r->out);
}
