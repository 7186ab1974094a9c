/*
 * launch.h - what the parts of the tool ring-shim share
 *
 *	ring-shim.c	the command line, run
 *	launch_conf.c	settings: options, profile, environment
 *	launch_lib.c	where the library is, LD_PRELOAD
 *	report.c	findings as text and as JSON
 *	doctor.c	doctor; doctor_*.c look at one thing each
 *	inspect.c	inspect; inspect_*.c gather, inspect.c judges
 */
#ifndef TOOLS_LAUNCH_H
#define TOOLS_LAUNCH_H

#include <stdbool.h>
#include <stddef.h>

#ifdef HAVE_CONFIG_H
#include "config.h"
#endif
#ifndef PACKAGE_VERSION
#define PACKAGE_VERSION "dev"
#endif

/* Exit statuses; those of run are env(1)'s. */
enum {
	EXIT_USAGE = 2,
	EXIT_BROKEN = 125,
	EXIT_NO_EXEC = 126,
	EXIT_NO_FILE = 127,
};

/* "ring-shim: ..." on stderr, and the end. */
_Noreturn void stop(int status, const char *why, ...)
	__attribute__((format(printf, 2, 3)));
void complain(const char *why, ...) __attribute__((format(printf, 1, 2)));
void *must_alloc(void *p);
char *text(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* Print a whole text on stdout, and end: 0, or status if that failed. */
_Noreturn void say_and_leave(const char *what, int status);

/* --- launch_conf.c --- */

enum {
	SET_ENGINE,
	SET_CARRIERS,
	SET_MIN_THREADS,
	SET_VERBOSE,
	SETTINGS
};

struct setting {
	const char *name; /* the option's, and in a profile */
	const char *variable;
	const char *wants;
	bool (*good)(const char *value);
};

extern const struct setting settings[SETTINGS];

/* An option: the strongest.  A bad value ends the tool. */
void conf_option(int which, const char *value);
/* A profile: the weakest.  A bad line ends the tool. */
void conf_profile(const char *path);
/* Put what was chosen into the environment. */
void conf_export(void);
/* The variable's value; NULL if there is none, or an empty one. */
const char *conf_variable(int which);

/* --- launch_lib.c --- */

#define LIBRARY "libring-shim.so"

/* The library's path, or NULL and, in *tried, where it was looked for. */
char *library_find(char **tried);
/* A value for LD_PRELOAD: the library, then all else that old names. */
char *library_preload(const char *library, const char *old);

/* --- the subcommands: exit statuses --- */

int doctor(int argc, char **argv);
int inspect(int argc, char **argv);

#endif
