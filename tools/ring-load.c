/*
 * ring-load.c - a load generator that checks every answer
 *
 * The measuring end of ring-shim's benchmarks, and useful by itself: many
 * connections from one thread, in a closed loop (as fast as answers come) or
 * an open one (at a rate of its own), with latencies that leave nothing out.
 * Here are the options, the order of things and the exit status; load.h says
 * where the rest is.
 */
#include "load.h"

#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#ifdef HAVE_CONFIG_H
#include "config.h"
#endif
#ifndef PACKAGE_VERSION
#define PACKAGE_VERSION "dev"
#endif

#define SPARE_FDS	16
#define ECHO_SIZE	64
#define ECHO_SOURCES	50
#define UDP_MOST	65507
#define PID_MOST	4194304		/* no kernel has more */

static const char usage[] =
"Usage: ring-load [OPTION]... HOST:PORT[/PATH]\n"
"Load a server with requests, check every answer, and report the rate of\n"
"right answers, their latencies and all errors.\n"
"\n"
"  -c, --connections=N   connections open at once (1)\n"
"  -n, --requests=N      stop after N requests\n"
"  -d, --duration=SEC    stop after SEC seconds (10, unless -n is given)\n"
"  -R, --rate=RATE       open loop: RATE requests a second, with latencies\n"
"                        from the time that each was due\n"
"      --close[=N]       N requests per connection (1), then a new one\n"
"      --proto=PROTO     http (the default), echo (over TCP) or udp (echo)\n"
"      --size=N          bytes of an echo message (64); with http, bytes\n"
"                        that the body has to have\n"
"      --warmup=SEC      do not count the first SEC seconds (0)\n"
"      --timeout=SEC     longest wait for an answer (10; udp 1)\n"
"      --sources=N       with --close on 127.0.0.1, connect from N addresses\n"
"                        in turn (1; echo 50)\n"
"      --cpu-of=PID      tell what CPU time that process took in the time that\n"
"                        counts\n"
"      --marks=FD        write a line to descriptor FD when the time that counts\n"
"                        starts (\"from\") and when it ends (\"until\")\n"
"      --json            report as JSON, schema 1\n"
"  -h, --help            show this help\n"
"  -V, --version         show the version\n"
"\n"
"Exit status: 0 all was right, 1 there were errors or no answers, 2 wrong\n"
"usage, 125 ring-load itself could not go on.\n";

enum { CLOSE = 256, PROTO, SIZE, WARMUP, TIMEOUT, SOURCE, CPU, MARKS, JSON };

static const struct option longs[] = {
	{ "connections", required_argument, NULL, 'c' },
	{ "requests", required_argument, NULL, 'n' },
	{ "duration", required_argument, NULL, 'd' },
	{ "rate", required_argument, NULL, 'R' },
	{ "close", optional_argument, NULL, CLOSE },
	{ "proto", required_argument, NULL, PROTO },
	{ "size", required_argument, NULL, SIZE },
	{ "warmup", required_argument, NULL, WARMUP },
	{ "timeout", required_argument, NULL, TIMEOUT },
	{ "sources", required_argument, NULL, SOURCE },
	{ "cpu-of", required_argument, NULL, CPU },
	{ "marks", required_argument, NULL, MARKS },
	{ "json", no_argument, NULL, JSON },
	{ "help", no_argument, NULL, 'h' },
	{ "version", no_argument, NULL, 'V' },
	{ NULL, 0, NULL, 0 },
};

void stop(int status, const char *why, ...)
{
	va_list args;

	report_progress_end();
	fputs("ring-load: ", stderr);
	va_start(args, why);
	vfprintf(stderr, why, args);
	va_end(args);
	fputc('\n', stderr);
	exit(status);
}

void *must_alloc(void *p)
{
	if (!p)
		stop(LOAD_BROKEN, "out of memory");
	return p;
}

static uint64_t whole(const char *what, const char *text, uint64_t min,
		      uint64_t max)
{
	uint64_t n;
	char *end;

	errno = 0;
	n = strtoul(text, &end, 10);
	if (errno || *end || *text < '0' || *text > '9' || n < min || n > max)
		stop(LOAD_USAGE, "%s: '%s' is not a whole number from %lu to "
		     "%lu", what, text, min, max);
	return n;
}

static double positive(const char *what, const char *text, double max)
{
	char *end;
	double x = strtod(text, &end);

	if (*end || end == text || !(x > 0) || x > max)
		stop(LOAD_USAGE, "%s: '%s' is not a number above 0 and up to "
		     "%.0f", what, text, max);
	return x;
}

static enum proto proto_of(const char *name)
{
	if (!strcmp(name, "http"))
		return PROTO_HTTP;
	if (!strcmp(name, "echo"))
		return PROTO_ECHO;
	if (!strcmp(name, "udp"))
		return PROTO_UDP;
	stop(LOAD_USAGE, "--proto: '%s' is not http, echo or udp", name);
}

static void say_and_leave(const char *text)
{
	if (fputs(text, stdout) < 0 || fflush(stdout))
		exit(LOAD_BROKEN);
	exit(LOAD_OK);
}

static void take_option(struct options *o, int option, const char *value)
{
	switch (option) {
	case 'c':
		o->conns = (unsigned int)whole("-c", value, 1, 1000000);
		break;
	case 'n':
		o->requests = whole("-n", value, 1, UINT64_MAX / 2);
		break;
	case 'd':
		o->seconds = positive("-d", value, 1e6);
		break;
	case 'R':
		o->rate = positive("-R", value, 1e8);
		break;
	case CLOSE:
		o->life = !value ? 1 : (uint32_t)whole("--close", value, 1,
						       1000000000);
		break;
	case PROTO:
		o->proto = proto_of(value);
		break;
	case SIZE:
		o->size = whole("--size", value, 1, 1UL << 30);
		break;
	case WARMUP:
		o->warmup = positive("--warmup", value, 1e6);
		break;
	case TIMEOUT:
		o->timeout = positive("--timeout", value, 1e6);
		break;
	case SOURCE:
		o->sources = (unsigned int)whole("--sources", value, 1, 65000);
		break;
	case CPU:
		o->cpu_of = (int)whole("--cpu-of", value, 1, PID_MOST);
		break;
	case MARKS:
		o->marks = (int)whole("--marks", value, 0, INT32_MAX);
		break;
	case JSON:
		o->json = true;
		break;
	case 'h':
		say_and_leave(usage);
		break;
	case 'V':
		say_and_leave("ring-load (ring-shim) " PACKAGE_VERSION "\n");
		break;
	default:	/* getopt has said what is wrong */
		exit(LOAD_USAGE);
	}
}

static bool on_loopback(const struct options *o)
{
	const struct sockaddr_in *in = (const struct sockaddr_in *)&o->addr;

	return in->sin_family == AF_INET &&
	       ntohl(in->sin_addr.s_addr) >> 24 == IN_LOOPBACKNET;
}

static void find_host(struct options *o, const char *host, const char *port)
{
	struct addrinfo *found, hints = { .ai_socktype = SOCK_STREAM };
	int err = getaddrinfo(host, port, &hints, &found);

	if (err)
		stop(LOAD_USAGE, "%s: %s", o->target, gai_strerror(err));
	memcpy(&o->addr, found->ai_addr, found->ai_addrlen);
	o->addr_len = found->ai_addrlen;
	freeaddrinfo(found);
}

/* What would end the first line of the request too early. */
static bool has_blanks(const char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text <= ' ' || *text == 127)
			return true;
	return false;
}

/* Take HOST:PORT[/PATH] apart; [HOST]:PORT for IPv6. */
static void take_target(struct options *o, char *text)
{
	char *host, *port;

	if (!strncmp(text, "http://", 7))
		text += 7;
	o->target = text;
	o->path = strchr(text, '/');
	host = must_alloc(strndup(text, strcspn(text, "/")));
	port = strrchr(host, ':');
	if (!port || port == host)
		stop(LOAD_USAGE, "'%s' is not HOST:PORT[/PATH]", text);
	*port++ = '\0';
	whole("port", port, 1, 65535);
	if (!o->path)
		o->path = "/";
	if (has_blanks(text))
		stop(LOAD_USAGE, "a target has no spaces or control "
		     "characters: write them as %%20 and so on");
	if (*host == '[' && port[-2] == ']') {
		port[-2] = '\0';
		find_host(o, host + 1, port);
	} else {
		find_host(o, host, port);
	}
	free(host);
}

static void fill_in(struct options *o)
{
	clockid_t clock;

	if (o->cpu_of && clock_getcpuclockid(o->cpu_of, &clock))
		stop(LOAD_USAGE, "--cpu-of: there is no process %d", o->cpu_of);
	if (o->requests && o->seconds > 0)
		stop(LOAD_USAGE, "-n and -d exclude each other");
	if (!o->requests && o->seconds <= 0)
		o->seconds = 10;
	if (!o->size && o->proto != PROTO_HTTP)
		o->size = ECHO_SIZE;
	if (o->proto == PROTO_UDP && o->size > UDP_MOST)
		stop(LOAD_USAGE, "--size: at most %d with udp", UDP_MOST);
	if (o->timeout <= 0)
		o->timeout = o->proto == PROTO_UDP ? 1 : 10;
	if (!o->sources)
		o->sources = o->proto == PROTO_ECHO ? ECHO_SOURCES : 1;
	if (!o->life || o->proto == PROTO_UDP || !on_loopback(o))
		o->sources = 1;
}

static void take_options(struct options *o, int argc, char **argv)
{
	int option;

	*o = (struct options){ .conns = 1, .marks = -1 };
	while ((option = getopt_long(argc, argv, "c:n:d:R:hV", longs,
				     NULL)) != -1)
		take_option(o, option, optarg);
	if (optind + 1 != argc)
		stop(LOAD_USAGE, "give one HOST:PORT[/PATH]; see --help");
	take_target(o, argv[optind]);
	fill_in(o);
}

static void need_descriptors(unsigned int count)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit))
		return;
	if (limit.rlim_max < count)
		stop(LOAD_BROKEN, "%u descriptors are needed, the limit is %lu: "
		     "raise it (ulimit -Hn) or lower -c", count,
		     limit.rlim_max);
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
}

int main(int argc, char **argv)
{
	static struct results results;
	struct options o;

	take_options(&o, argc, argv);
	need_descriptors(o.conns + SPARE_FDS);
	proto_start(&o);
	load_run(&o, &results);
	if (o.json)
		report_json(&o, &results);
	else
		report_text(&o, &results);
	if (fflush(stdout))
		stop(LOAD_BROKEN, "cannot write the report");
	if (faults_total(&results) || results.interrupted || !results.answers)
		return LOAD_ERRORS;
	return LOAD_OK;
}
