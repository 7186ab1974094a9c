/*
 * load_report.c - the progress line, the text and the JSON
 *
 * The progress line is for a person who waits: it is only written if standard
 * error is a terminal, and leaves nothing behind.  The JSON is for programs;
 * its members are only ever added to while "schema" stays the same.
 */
#include "load.h"

#include <assert.h>
#include <gnu/libc-version.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#ifdef HAVE_CONFIG_H
#include "config.h"
#endif
#ifndef PACKAGE_VERSION
#define PACKAGE_VERSION "dev"
#endif

#define SCHEMA	1

static const char *const fault_name[] = {
	[FAULT_CONNECT] = "connect",
	[FAULT_TIMEOUT] = "timeout",
	[FAULT_RESET] = "reset",
	[FAULT_CLOSED] = "closed early",
	[FAULT_STATUS] = "bad status",
	[FAULT_LENGTH] = "bad length",
	[FAULT_BODY] = "bad body",
	[FAULT_UNASKED] = "unasked",
};

/* The same for JSON. */
static const char *const fault_key[] = {
	[FAULT_CONNECT] = "connect",
	[FAULT_TIMEOUT] = "timeout",
	[FAULT_RESET] = "reset",
	[FAULT_CLOSED] = "closed_early",
	[FAULT_STATUS] = "bad_status",
	[FAULT_LENGTH] = "bad_length",
	[FAULT_BODY] = "bad_body",
	[FAULT_UNASKED] = "unasked",
};

static_assert(sizeof(fault_name) == FAULTS * sizeof(*fault_name), "a name");
static_assert(sizeof(fault_key) == FAULTS * sizeof(*fault_key), "a key");

static const char *const proto_name[] = {
	[PROTO_HTTP] = "http",
	[PROTO_ECHO] = "echo",
	[PROTO_UDP] = "udp",
};

uint64_t faults_total(const struct results *r)
{
	uint64_t all = 0;

	for (int i = 0; i < FAULTS; i++)
		all += r->faults[i];
	return all;
}

static bool to_terminal(void)
{
	const char *term = getenv("TERM");

	return isatty(STDERR_FILENO) && term && strcmp(term, "dumb");
}

static bool coloured(void)
{
	const char *no = getenv("NO_COLOR");

	return !no || !*no;
}

void report_progress(const struct results *r, double seconds)
{
	uint64_t faults = faults_total(r);
	bool red = faults && coloured();

	if (!to_terminal())
		return;
	fprintf(stderr, "\r%.0f s, %lu answers, %s%lu errors%s\033[K", seconds,
		r->answers, red ? "\033[31m" : "", faults,
		red ? "\033[0m" : "");
	fflush(stderr);
}

void report_progress_end(void)
{
	if (to_terminal())
		fputs("\r\033[K", stderr);
}

static double per_second(const struct results *r)
{
	return r->seconds > 0 ? (double)r->answers / r->seconds : 0;
}

static void text_time(const char *name, uint64_t ns)
{
	double t = (double)ns;

	if (ns < 1000 * 1000)
		printf("  %-8s%10.1f us\n", name, t / 1e3);
	else if (ns < 1000 * 1000 * 1000)
		printf("  %-8s%10.2f ms\n", name, t / 1e6);
	else
		printf("  %-8s%10.3f s\n", name, t / 1e9);
}

static void text_latency(const struct hist *h, bool scheduled)
{
	printf("latency, from the %s:\n",
	       scheduled ? "time the request was due" : "start of the request");
	text_time("mean", (uint64_t)hist_mean(h));
	text_time("p50", hist_percentile(h, 50));
	text_time("p90", hist_percentile(h, 90));
	text_time("p99", hist_percentile(h, 99));
	text_time("p99.9", hist_percentile(h, 99.9));
	text_time("max", h->max);
}

static void text_faults(const struct results *r)
{
	printf("errors: %lu", faults_total(r));
	for (int i = 0; i < FAULTS; i++)
		if (r->faults[i])
			printf(", %s %lu", fault_name[i], r->faults[i]);
	printf("\n");
}

void report_text(const struct options *o, const struct results *r)
{
	printf("%s, %s, %u connections", o->target, proto_name[o->proto],
	       o->conns);
	if (o->life)
		printf(" of %u request%s", o->life, o->life > 1 ? "s" : "");
	printf(", %s loop\n", o->rate > 0 ? "open" : "closed");
	printf("%.0f requests/s (%lu in %.3f s, %.2f MB/s)\n", per_second(r),
	       r->answers, r->seconds,
	       r->seconds > 0 ? (double)r->bytes / r->seconds / 1e6 : 0);
	if (r->latency.count)
		text_latency(&r->latency, o->rate > 0);
	text_faults(r);
	if (r->cpu && r->answers)
		printf("CPU time of process %d: %.2f us per answer\n",
		       o->cpu_of, (double)r->cpu / (double)r->answers / 1e3);
	if (r->unsent)
		printf("%lu requests were due but never sent: "
		       "no connection was free\n", r->unsent);
	if (r->gave_up)
		printf("gave up: the server takes no connections (%s)\n",
		       strerror(r->why));
	if (r->interrupted)
		printf("interrupted\n");
}

/* The model name in /proc/cpuinfo, or nothing. */
static void cpu_model(char *to, size_t size)
{
	FILE *f = fopen("/proc/cpuinfo", "re");
	char line[256];

	while (f && fgets(line, sizeof(line), f))
		if (!strncmp(line, "model name", 10) && strchr(line, ':')) {
			snprintf(to, size, "%s", strchr(line, ':') + 2);
			to[strcspn(to, "\n")] = '\0';
			break;
		}
	if (f)
		fclose(f);
}

static void json_string(const char *key, const char *s)
{
	printf("\"%s\":\"", key);
	for (; *s; s++) {
		if (*s == '"' || *s == '\\')
			printf("\\%c", *s);
		else if ((unsigned char)*s < ' ')
			printf("\\u%04x", (unsigned char)*s);
		else
			putchar(*s);
	}
	printf("\",");
}

/* Where it ran: the kernel, the CPU, libc. */
static void json_machine(void)
{
	struct utsname u;
	char cpu[128] = "";

	cpu_model(cpu, sizeof(cpu));
	uname(&u);
	printf("\"machine\":{");
	json_string("kernel", u.release);
	json_string("arch", u.machine);
	json_string("cpu", cpu);
	json_string("libc", gnu_get_libc_version());
	printf("\"cpus\":%ld},", sysconf(_SC_NPROCESSORS_ONLN));
}

/* What was asked for. */
static void json_options(const struct options *o)
{
	printf("\"options\":{\"requests\":%lu,\"seconds\":%.17g,"
	       "\"warmup\":%.17g,\"timeout\":%.17g,\"size\":%zu,"
	       "\"sources\":%u},", o->requests, o->seconds, o->warmup,
	       o->timeout, o->size, o->sources);
}

/* All cells that hold something, as [largest value, count]. */
static void json_cells(const struct hist *h)
{
	const char *comma = "";

	printf("\"latency_cells_ns\":[");
	for (unsigned int i = 0; i < HIST_CELLS; i++) {
		if (!h->cell[i])
			continue;
		printf("%s[%lu,%lu]", comma, hist_top(i), h->cell[i]);
		comma = ",";
	}
	printf("],");
}

static void json_latency(const struct hist *h)
{
	printf("\"latency_ns\":{\"count\":%lu,\"mean\":%.0f,\"p50\":%lu,"
	       "\"p90\":%lu,\"p99\":%lu,\"p99.9\":%lu,\"max\":%lu},", h->count,
	       hist_mean(h), hist_percentile(h, 50), hist_percentile(h, 90),
	       hist_percentile(h, 99), hist_percentile(h, 99.9), h->max);
}

static void json_faults(const struct results *r)
{
	printf("\"errors\":{");
	for (int i = 0; i < FAULTS; i++)
		printf("\"%s\":%lu,", fault_key[i], r->faults[i]);
	printf("\"total\":%lu},", faults_total(r));
}

static const char *truth(bool b)
{
	return b ? "true" : "false";
}

void report_json(const struct options *o, const struct results *r)
{
	printf("{\"schema\":%d,\"tool\":\"ring-load\",", SCHEMA);
	json_string("version", PACKAGE_VERSION);
	json_machine();
	json_options(o);
	json_string("target", o->target);
	json_string("proto", proto_name[o->proto]);
	printf("\"connections\":%u,\"rate\":%.17g,\"close\":%s,"
	       "\"requests_per_connection\":%u,", o->conns, o->rate,
	       truth(o->life), o->life);
	printf("\"seconds\":%.6f,\"requests\":%lu,\"bytes\":%lu,"
	       "\"requests_per_second\":%.3f,", r->seconds, r->answers,
	       r->bytes, per_second(r));
	json_latency(&r->latency);
	json_cells(&r->latency);
	json_faults(r);
	printf("\"cpu_ns\":%lu,", r->cpu);
	printf("\"unsent\":%lu,\"gave_up\":%s,\"interrupted\":%s}\n",
	       r->unsent, truth(r->gave_up), truth(r->interrupted));
}
