/*
 * inspect.c - would the shim do anything for a program, and why
 *
 * What the file and its libraries import, or what a running process does, is
 * gathered by the other parts.  Here is the verdict: the first of the rules
 * below that fits.  The order is that of the question: can the library get
 * in, does it see the program's waits, has it anything to win there.
 *
 * Imports are what a program can call, not what it does; where they leave it
 * open the verdict says so, and that the running process tells more.
 */
#include "inspect.h"
#include "launch.h"

#include <elf.h>
#include <errno.h>
#include <fnmatch.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char usage[] =
	"Usage: ring-shim inspect [--json] COMMAND|PID\n"
	"Say whether the shim would apply to a command, or to a process that runs\n"
	"now, and whether it would have anything to win, and why. The command is not\n"
	"run.\n"
	"\n"
	"  --json      as JSON, schema 1\n"
	"  -h, --help  show this help\n"
	"\n"
	"Exit status: 0 a good candidate, or under the shim already; 1 the shim would\n"
	"not apply; 3 it applies and has nothing to win; 4 this alone does not tell;\n"
	"2 wrong usage, or there is no such thing to look at.\n";

static const struct option longs[] = {
	{ "json", no_argument, NULL, 'j' },
	{ "help", no_argument, NULL, 'h' },
	{ "version", no_argument, NULL, 'V' },
	{ NULL, 0, NULL, 0 },
};

/* The exit statuses. */
enum verdict {
	CANDIDATE = 0,
	NOT_APPLICABLE = 1,
	NO_GAIN = 3,
	UNCLEAR = 4,
};

static const char *verdict_word(enum verdict v)
{
	return v == CANDIDATE	     ? "candidate"
	       : v == NOT_APPLICABLE ? "not-applicable"
	       : v == NO_GAIN	     ? "no-gain"
				     : "unclear";
}

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* --- what the rules ask ------------------------------------------------------- */

static bool uses(const struct subject *s, enum use use)
{
	return s->uses[use].symbol != NULL;
}

static bool is_active(const struct subject *s)
{
	return s->live && s->live->shim;
}

static bool is_broken(const struct subject *s)
{
	return s->broken != NULL;
}

static bool is_other_machine(const struct subject *s)
{
	return s->elf.bits != 64 || s->elf.machine != EM_X86_64;
}

static bool is_go(const struct subject *s)
{
	return s->elf.go;
}

static bool is_valgrind(const struct subject *s)
{
	return (s->live && s->live->valgrind) ||
	       fnmatch("valgrind*", base_name(s->given), 0) == 0 ||
	       fnmatch("*/valgrind/*-linux", s->path, 0) == 0;
}

static bool is_static(const struct subject *s)
{
	return !s->elf.interp[0];
}

static bool is_foreign(const struct subject *s)
{
	return strcmp(base_name(s->elf.interp), "ld-linux-x86-64.so.2") != 0;
}

static bool is_secure(const struct subject *s)
{
	return s->secure || (s->live && s->live->secure);
}

static bool is_sanitized(const struct subject *s)
{
	return uses(s, USE_SANITIZER) || (s->live && s->live->sanitizer);
}

static bool is_jvm(const struct subject *s)
{
	return s->jvm || (s->live && s->live->jvm);
}

static bool is_runtime(const struct subject *s)
{
	return s->runtime || (s->live && s->live->runtime);
}

static bool is_looping(const struct subject *s)
{
	return s->live && s->live->kinds[WAIT_LOOP] > 0 &&
	       s->live->kinds[WAIT_BLOCKED] <= s->live->kinds[WAIT_LOOP];
}

static bool is_blocking(const struct subject *s)
{
	return s->live && s->live->threads > 1 &&
	       s->live->kinds[WAIT_BLOCKED] > 1;
}

static bool is_busy(const struct subject *s)
{
	return s->live && s->live->threads > 1;
}

static bool can_more(const struct subject *s)
{
	return s->interpreter || uses(s, USE_PLUGINS);
}

static bool is_loop_alone(const struct subject *s)
{
	return uses(s, USE_LOOP) && !uses(s, USE_THREADS) && !can_more(s);
}

static bool is_forking(const struct subject *s)
{
	return !uses(s, USE_THREADS) && !can_more(s) && uses(s, USE_FORK) &&
	       uses(s, USE_NET);
}

static bool is_single(const struct subject *s)
{
	return !uses(s, USE_THREADS) && !can_more(s);
}

static bool is_shell(const struct subject *s)
{
	static const char *const shells[] = { "sh",  "bash", "dash",
					      "zsh", "ksh",  "busybox" };

	for (size_t i = 0; i < sizeof(shells) / sizeof(*shells); i++)
		if (!strcmp(base_name(s->path), shells[i]))
			return true;
	return false;
}

static bool is_plugged(const struct subject *s)
{
	return !uses(s, USE_THREADS);
}

static bool is_idle(const struct subject *s)
{
	return s->live != NULL;
}

static bool is_mixed(const struct subject *s)
{
	return uses(s, USE_LOOP);
}

static bool is_computing(const struct subject *s)
{
	return !uses(s, USE_NET);
}

static bool is_candidate(const struct subject *s)
{
	return true;
}

static const struct rule {
	const char *reason;
	enum verdict verdict;
	bool (*fits)(const struct subject *s);
	const char *why, *advice;
} rules[] = {
	{ "active", CANDIDATE, is_active, "it runs under ring-shim already",
	  NULL },
	{ "damaged", NOT_APPLICABLE, is_broken, "it cannot be run as a program",
	  NULL },
	{ "architecture", NOT_APPLICABLE, is_other_machine,
	  "it is not an x86-64 program (32-bit and x32 are not either)", NULL },
	{ "go", NOT_APPLICABLE, is_go,
	  "it is a Go program: it makes system calls itself, and its own "
	  "scheduler parks its goroutines in user space",
	  NULL },
	{ "valgrind", NOT_APPLICABLE, is_valgrind,
	  "it runs under Valgrind, which does threads in its own way",
	  "inspect the program itself" },
	{ "static", NOT_APPLICABLE, is_static,
	  "it is linked statically: there is no loader to preload anything",
	  "link it dynamically" },
	{ "foreign-libc", NOT_APPLICABLE, is_foreign,
	  "its loader is not glibc's (musl, for example), and the library "
	  "needs glibc",
	  "build it for glibc" },
	{ "secure", NOT_APPLICABLE, is_secure,
	  "it runs with more privilege than who starts it, so the loader "
	  "ignores LD_PRELOAD",
	  "start it as the user it is to be, or from a service manager that "
	  "gives it its capabilities" },
	{ "sanitizer", NOT_APPLICABLE, is_sanitized,
	  "it is built with a sanitizer, which must be the first to stand in "
	  "front of libc",
	  "use a build without it" },
	{ "jvm", NOT_APPLICABLE, is_jvm,
	  "it is a Java virtual machine, which stops threads in ways of its "
	  "own: the library steps aside",
	  "virtual threads do this within Java" },
	{ "runtime", NOT_APPLICABLE, is_runtime,
	  "it is a runtime (.NET, Mono, the Boehm collector) that stops "
	  "threads in ways of its own: the library steps aside",
	  NULL },
	{ "event-loop", NO_GAIN, is_looping,
	  "its threads wait in an event loop: it does in the program what the "
	  "shim does below",
	  NULL },
	{ "blocking-threads", CANDIDATE, is_blocking,
	  "its threads block in calls that can be waited for in user space",
	  "restart it under ring-shim, and measure" },
	{ "waits-elsewhere", UNCLEAR, is_busy,
	  "it has threads, and at the moment they do not wait in calls that "
	  "the shim can take over",
	  "look again while it works" },
	{ "event-loop", NO_GAIN, is_loop_alone,
	  "it has an event loop and makes no threads: there is nothing to "
	  "park",
	  NULL },
	{ "shell", UNCLEAR, is_shell,
	  "it is a shell, or run by one: the programs that it starts matter, "
	  "and they get the library too",
	  "inspect the program that it starts" },
	{ "forking", NO_GAIN, is_forking,
	  "it forks processes and makes no threads: each has one, which waits "
	  "in the kernel",
	  NULL },
	{ "single-threaded", NO_GAIN, is_single,
	  "it makes no threads: nobody is there to run while it waits", NULL },
	{ "plugins", UNCLEAR, is_plugged,
	  "it makes no threads itself, but loads plugins that may",
	  "inspect the process while it works: ring-shim inspect PID" },
	{ "idle", UNCLEAR, is_idle,
	  "it could make threads, but has one at the moment",
	  "look again while it works" },
	{ "mixed", UNCLEAR, is_mixed,
	  "it can block in threads and has an event loop too: which it does "
	  "depends on its settings, or on the script",
	  "inspect the process while it works: ring-shim inspect PID" },
	{ "no-network", UNCLEAR, is_computing,
	  "it has threads, and no sockets: worth it only if they often wait "
	  "for one another",
	  "measure it" },
	{ "blocking-threads", CANDIDATE, is_candidate,
	  "it makes threads that block on sockets, and has no event loop",
	  "measure it" },
};

static const struct rule *judge(const struct subject *s)
{
	const struct rule *r = rules;

	while (!r->fits(s))
		r++;
	return r;
}

/* --- what was seen --------------------------------------------------------------- */

static const char *const use_names[] = {
	[USE_THREADS] = "makes threads",
	[USE_NET] = "blocks on sockets",
	[USE_WAIT] = "waits otherwise",
	[USE_LOOP] = "event loop",
	[USE_FORK] = "forks",
	[USE_PLUGINS] = "loads plugins",
	[USE_SANITIZER] = "sanitizer",
};

static void add_facts(struct subject *s)
{
	struct report *f = &s->facts;

	if (s->broken)
		report_add(f, PLAIN, "file", NULL, "%s", s->broken);
	if (s->elf.bits == 32 || s->elf.machine != EM_X86_64)
		report_add(f, PLAIN, "machine", NULL, "%d bits, ELF machine %u",
			   s->elf.bits, s->elf.machine);
	else if (!s->broken)
		report_add(f, PLAIN, "loader", NULL, "%s",
			   s->elf.interp[0] ? s->elf.interp : "none");
	if (s->secure)
		report_add(f, PLAIN, "privilege", NULL, "%s", s->secure);
	for (int i = 0; i < USES; i++)
		if (uses(s, (enum use)i))
			report_add(f, PLAIN, use_names[i], NULL, "%s (%s)",
				   s->uses[i].symbol, s->uses[i].file);
}

static void print_json(const struct subject *s, const char *target,
		       const struct rule *r)
{
	fputs("{ \"schema\": 1, ", stdout);
	json_member("tool", "ring-shim inspect");
	fputs(", ", stdout);
	json_member("version", PACKAGE_VERSION);
	fputs(",\n", stdout);
	json_member("target", target);
	fputs(", ", stdout);
	json_member("verdict", verdict_word(r->verdict));
	fputs(", ", stdout);
	json_member("reason", r->reason);
	fputs(",\n", stdout);
	json_member("why", r->why);
	fputs(",\n", stdout);
	json_member("advice", r->advice);
	fputs(",\n", stdout);
	json_rows("facts", &s->facts);
	fputs(" }\n", stdout);
}

static void print_text(const struct subject *s, const char *target,
		       const struct rule *r)
{
	static const char *const words[] = {
		[CANDIDATE] = "a good candidate",
		[NOT_APPLICABLE] = "the shim would not apply",
		[NO_GAIN] = "nothing to win",
		[UNCLEAR] = "this alone does not tell",
	};
	enum level level = r->verdict == CANDIDATE	  ? OK
			   : r->verdict == NOT_APPLICABLE ? FAIL
							  : WARN;
	const char *word = is_active(s) ? "under the shim" : words[r->verdict];

	report_print(&s->facts);
	report_sentence(level, text("%s: %s: %s.", target, word, r->why));
	if (r->advice)
		report_sentence(PLAIN, text("-> %s", r->advice));
}

/* A number is a process. */
static pid_t as_pid(const char *target)
{
	char *end;
	long n;

	if (*target < '0' || *target > '9')
		return 0;
	n = strtol(target, &end, 10);
	if (*end)
		return 0;
	if (n < 1 || n > 1 << 22)
		stop(EXIT_USAGE, "%s: there is no such process", target);
	return (pid_t)n;
}

static int examine(const char *target, bool json)
{
	static struct subject s;
	const struct rule *r;
	pid_t pid = as_pid(target);

	s.given = target;
	if (pid)
		live_look(&s, pid);
	else
		find_command(&s, target);
	if (!s.broken)
		libs_walk(&s);
	if (!pid)
		s.secure = secure_because(s.fd);
	add_facts(&s);
	r = judge(&s);
	if (json)
		print_json(&s, target, r);
	else
		print_text(&s, target, r);
	if (fflush(stdout) || ferror(stdout))
		stop(EXIT_BROKEN, "cannot write: %s", strerror(errno));
	return (int)r->verdict;
}

int inspect(int argc, char **argv)
{
	bool json = false;
	int option;

	argv[0] = text("ring-shim");
	while ((option = getopt_long(argc, argv, "+hV", longs, NULL)) != -1) {
		if (option == 'h')
			say_and_leave(usage, EXIT_BROKEN);
		if (option == 'V')
			say_and_leave("ring-shim " PACKAGE_VERSION "\n",
				      EXIT_BROKEN);
		if (option != 'j')
			stop(EXIT_USAGE, "try: ring-shim inspect --help");
		json = true;
	}
	if (optind == argc)
		stop(EXIT_USAGE, "a command or a process's number is wanted; "
				 "try: ring-shim inspect --help");
	return examine(argv[optind], json);
}
