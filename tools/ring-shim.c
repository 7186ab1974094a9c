/*
 * ring-shim.c - the launcher: run a command under the shim
 *
 * Puts the library in front of LD_PRELOAD and the settings into the
 * environment, and becomes the command: its status and its signals are the
 * command's own, as with env(1), whose statuses for what goes wrong before
 * are ours too.  Here are the command line and "run"; launch.h says where
 * the rest is.
 *
 * The first argument decides: run, doctor and inspect are words, all else
 * begins a command.  "ring-shim -- doctor" runs a program of that name.
 */
#include "launch.h"

#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char usage[] =
	"Usage: ring-shim [run] [OPTION]... [--] COMMAND [ARGUMENT]...\n"
	"       ring-shim doctor [--json]\n"
	"       ring-shim inspect [--json] COMMAND|PID\n"
	"Run a command with its threads' waits in user space; say whether that works\n"
	"on this machine (doctor), and whether it would help a program (inspect).\n"
	"\n"
	"  -e, --engine=ENGINE     auto (the default), uring, epoll or off\n"
	"  -c, --carriers=N        kernel threads that run the rest (one for each CPU)\n"
	"  -m, --min-threads=N     leave programs with fewer threads as they are\n"
	"  -p, --profile=FILE      take settings from FILE, lines of NAME = VALUE\n"
	"  -v, --verbose           say at the end of the command what was done\n"
	"  -h, --help              show this help\n"
	"  -V, --version           show the version\n"
	"\n"
	"An option wins over the environment (RING_SHIM_ENGINE and so on), which wins\n"
	"over the profile.\n"
	"\n"
	"Exit status of run: the command's; 127 it was not found, 126 it could not be\n"
	"run, 125 ring-shim itself failed. \"ring-shim doctor --help\" and \"ring-shim\n"
	"inspect --help\" tell theirs.\n";

static const struct option longs[] = {
	{ "engine", required_argument, NULL, 'e' },
	{ "carriers", required_argument, NULL, 'c' },
	{ "min-threads", required_argument, NULL, 'm' },
	{ "profile", required_argument, NULL, 'p' },
	{ "verbose", no_argument, NULL, 'v' },
	{ "help", no_argument, NULL, 'h' },
	{ "version", no_argument, NULL, 'V' },
	{ NULL, 0, NULL, 0 },
};

static void complain_va(const char *why, va_list args)
{
	fputs("ring-shim: ", stderr);
	vfprintf(stderr, why, args);
	fputc('\n', stderr);
}

void complain(const char *why, ...)
{
	va_list args;

	va_start(args, why);
	complain_va(why, args);
	va_end(args);
}

void stop(int status, const char *why, ...)
{
	va_list args;

	va_start(args, why);
	complain_va(why, args);
	va_end(args);
	exit(status);
}

void *must_alloc(void *p)
{
	if (!p)
		stop(EXIT_BROKEN, "out of memory");
	return p;
}

char *text(const char *fmt, ...)
{
	va_list args;
	char *s = NULL;

	va_start(args, fmt);
	if (vasprintf(&s, fmt, args) < 0)
		s = NULL;
	va_end(args);
	return must_alloc(s);
}

void say_and_leave(const char *what, int status)
{
	if (fputs(what, stdout) < 0 || fflush(stdout))
		stop(status, "cannot write: %s", strerror(errno));
	exit(0);
}

static void take_option(int option, const char *value)
{
	switch (option) {
	case 'e':
		conf_option(SET_ENGINE, value);
		break;
	case 'c':
		conf_option(SET_CARRIERS, value);
		break;
	case 'm':
		conf_option(SET_MIN_THREADS, value);
		break;
	case 'p':
		conf_profile(value);
		break;
	case 'v':
		conf_option(SET_VERBOSE, "1");
		break;
	case 'h':
		say_and_leave(usage, EXIT_BROKEN);
	case 'V':
		say_and_leave("ring-shim " PACKAGE_VERSION "\n", EXIT_BROKEN);
	default: /* getopt has said what is wrong */
		stop(EXIT_BROKEN, "try: ring-shim --help");
	}
}

static void preload(void)
{
	char *tried, *library = library_find(&tried), *list;

	if (!library)
		stop(EXIT_BROKEN,
		     LIBRARY " was not found (looked for %s); "
			     "is it installed?",
		     tried);
	if (strpbrk(library, ": "))
		stop(EXIT_BROKEN,
		     "%s: LD_PRELOAD cannot name a path with a "
		     "colon or a space; install it elsewhere",
		     library);
	list = library_preload(library, getenv("LD_PRELOAD"));
	if (setenv("LD_PRELOAD", list, 1))
		must_alloc(NULL);
}

static int run(int argc, char **argv)
{
	int option;

	while ((option = getopt_long(argc, argv, "+e:c:m:p:vhV", longs,
				     NULL)) != -1)
		take_option(option, optarg);
	if (optind == argc)
		stop(EXIT_BROKEN, "a command is wanted; try: ring-shim --help");
	conf_export();
	preload();
	execvp(argv[optind], argv + optind);
	stop(errno == ENOENT ? EXIT_NO_FILE : EXIT_NO_EXEC, "%s: %s",
	     argv[optind], strerror(errno));
}

int main(int argc, char **argv)
{
	static char name[] = "ring-shim";
	const char *word = argc > 1 ? argv[1] : "";

	if (argc == 0)
		return EXIT_BROKEN;
	argv[0] = name;
	if (!strcmp(word, "doctor"))
		return doctor(argc - 1, argv + 1);
	if (!strcmp(word, "inspect"))
		return inspect(argc - 1, argv + 1);
	if (strcmp(word, "run"))
		return run(argc, argv);
	argv[1] = name;
	return run(argc - 1, argv + 1);
}
