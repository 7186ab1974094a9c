/*
 * doctor.c - will the shim work on this machine, and with its best engine
 *
 * Looks at one thing after another, then runs threads under the library.
 * The verdict is the trial's: which engine it had.  All else explains it, or
 * is good to know before a server meets it.
 */
#include "doctor.h"
#include "launch.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char usage[] =
	"Usage: ring-shim doctor [--json]\n"
	"Say whether the shim works on this machine and in this environment, and what\n"
	"to do about what is missing.\n"
	"\n"
	"  --json      as JSON, schema 1\n"
	"  -h, --help  show this help\n"
	"\n"
	"Exit status: 0 it works with its best engine, 1 it works less well or not at\n"
	"all, 2 wrong usage.\n";

enum {
	JSON = 256,
	TRIAL
};

static const struct option longs[] = {
	{ "json", no_argument, NULL, JSON },
	{ "trial", no_argument, NULL, TRIAL }, /* see doctor_trial.c */
	{ "help", no_argument, NULL, 'h' },
	{ "version", no_argument, NULL, 'V' },
	{ NULL, 0, NULL, 0 },
};

/* What is set now, and would hold for a command run from here. */
static void look_at_variables(struct report *r)
{
	for (int i = 0; i < SETTINGS; i++) {
		const struct setting *s = &settings[i];
		const char *value = conf_variable(i);

		if (!value)
			continue;
		if (!s->good(value))
			report_add(r, WARN, s->variable,
				   text("set it to %s", s->wants),
				   "%s is ignored", value);
		else if (i == SET_ENGINE && strcmp(value, "auto") != 0 &&
			 strcmp(value, "uring") != 0)
			report_add(r, WARN, s->variable,
				   "unset it for the "
				   "best engine",
				   "%s", value);
		else
			report_add(r, NOTE, s->variable, NULL, "%s", value);
	}
}

static const char *best(void)
{
#ifdef WITH_URING
	return "io_uring";
#else
	return "epoll";
#endif
}

static const char *sentence(const char *engine, bool well)
{
	if (!engine)
		return "ring-shim does not work here.";
	if (!strcmp(engine, "none"))
		return "ring-shim does nothing here: programs run as without "
		       "it.";
	if (well)
		return text("ring-shim works here, with its best engine, %s.",
			    engine);
	if (!strcmp(engine, best()))
		return text("ring-shim works here, on %s; see the warnings.",
			    engine);
	return text("ring-shim works here, stepped down to %s.", engine);
}

static void print_json(const struct report *r, const char *engine, bool well)
{
	fputs("{ \"schema\": 1, ", stdout);
	json_member("tool", "ring-shim doctor");
	fputs(", ", stdout);
	json_member("version", PACKAGE_VERSION);
	fputs(",\n", stdout);
	json_member("engine", engine);
	printf(", \"best\": %s, ", well ? "true" : "false");
	json_rows("checks", r);
	fputs(" }\n", stdout);
}

static int examine(bool json)
{
	static struct report r;
	const char *engine;
	bool well;

	look_at_kernel(&r);
	look_at_fs_base(&r);
	look_at_io_uring(&r);
	engine = look_at_trial(&r);
	look_at_variables(&r);
	look_at_limits(&r);
	look_at_counter(&r);
	well = engine && !strcmp(engine, best()) && !report_has(&r, WARN) &&
	       !report_has(&r, FAIL);
	if (json) {
		print_json(&r, engine, well);
	} else {
		report_print(&r);
		report_sentence(well	 ? OK
				: engine ? WARN
					 : FAIL,
				sentence(engine, well));
	}
	if (fflush(stdout) || ferror(stdout))
		stop(EXIT_BROKEN, "cannot write: %s", strerror(errno));
	return !well;
}

int doctor(int argc, char **argv)
{
	bool json = false;
	int option;

	argv[0] = text("ring-shim");
	while ((option = getopt_long(argc, argv, "hV", longs, NULL)) != -1) {
		if (option == 'h')
			say_and_leave(usage, EXIT_BROKEN);
		if (option == 'V')
			say_and_leave("ring-shim " PACKAGE_VERSION "\n",
				      EXIT_BROKEN);
		if (option == TRIAL)
			return trial();
		if (option != JSON)
			stop(EXIT_USAGE, "try: ring-shim doctor --help");
		json = true;
	}
	if (optind < argc)
		stop(EXIT_USAGE, "doctor takes no argument; inspect %s?",
		     argv[optind]);
	return examine(json);
}
