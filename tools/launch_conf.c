/*
 * launch_conf.c - settings: what options, environment and profile say
 *
 * A setting ends as the environment variable that the library reads
 * (src/shim/conf.c), whose rules for values these are: what the library
 * would complain of is refused here, in an option and in a profile.  What
 * the environment holds is left to the library.
 *
 * A profile is a text file of lines "name = value".  A name is that of an
 * option (engine, min-threads) or of its variable (RING_SHIM_ENGINE); blanks
 * around either part do not count, nor do empty lines and those that begin
 * with #.  Of two lines for one name the later holds.
 */
#include "launch.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool good_engine(const char *s)
{
	return !strcmp(s, "auto") || !strcmp(s, "uring") ||
	       !strcmp(s, "epoll") || !strcmp(s, "off");
}

static bool number(const char *s, long min, long max)
{
	char *end;
	long v;

	if (*s < '0' || *s > '9')
		return false;
	v = strtol(s, &end, 10);
	return !*end && v >= min && v <= max;
}

static bool good_carriers(const char *s)
{
	return number(s, 1, 256);
}

static bool good_min_threads(const char *s)
{
	return number(s, 0, 1000000);
}

static bool good_bool(const char *s)
{
	return (s[0] == '0' || s[0] == '1') && !s[1];
}

const struct setting settings[SETTINGS] = {
	[SET_ENGINE] = { "engine", "RING_SHIM_ENGINE",
			 "one of auto, uring, epoll, off", good_engine },
	[SET_CARRIERS] = { "carriers", "RING_SHIM_CARRIERS",
			   "a number from 1 to 256", good_carriers },
	[SET_MIN_THREADS] = { "min-threads", "RING_SHIM_MIN_THREADS",
			      "a number from 0 to 1000000", good_min_threads },
	[SET_VERBOSE] = { "verbose", "RING_SHIM_VERBOSE", "0 or 1", good_bool },
};

static const char *optional[SETTINGS], *profiled[SETTINGS];

void conf_option(int which, const char *value)
{
	const struct setting *s = &settings[which];

	if (!s->good(value))
		stop(EXIT_BROKEN, "--%s: '%s' is not %s", s->name, value,
		     s->wants);
	optional[which] = value;
}

const char *conf_variable(int which)
{
	const char *value = getenv(settings[which].variable);

	return value && *value ? value : NULL;
}

static char *trim(char *s)
{
	static const char blank[] = " \t\r\n";
	char *end;

	s += strspn(s, blank);
	end = s + strlen(s);
	while (end > s && strchr(blank, end[-1]))
		*--end = '\0';
	return s;
}

static int setting_named(const char *name)
{
	for (int i = 0; i < SETTINGS; i++)
		if (!strcmp(name, settings[i].name) ||
		    !strcmp(name, settings[i].variable))
			return i;
	return -1;
}

static void profile_line(const char *path, int number_of, char *line)
{
	char *name = trim(line), *value = strchr(name, '=');
	int which;

	if (!*name || *name == '#')
		return;
	if (!value)
		stop(EXIT_BROKEN, "%s:%d: '%s' is not NAME = VALUE", path,
		     number_of, name);
	*value++ = '\0';
	name = trim(name);
	value = trim(value);
	which = setting_named(name);
	if (which < 0)
		stop(EXIT_BROKEN,
		     "%s:%d: there is no setting '%s'; there are "
		     "engine, carriers, min-threads and verbose",
		     path, number_of, name);
	if (!settings[which].good(value))
		stop(EXIT_BROKEN, "%s:%d: %s: '%s' is not %s", path, number_of,
		     name, value, settings[which].wants);
	profiled[which] = text("%s", value);
}

void conf_profile(const char *path)
{
	FILE *f = fopen(path, "re");
	char *line = NULL;
	size_t room = 0;
	ssize_t n;
	int at = 0;

	if (!f)
		stop(EXIT_BROKEN, "%s: %s", path, strerror(errno));
	errno = 0;
	while ((n = getline(&line, &room, f)) >= 0) {
		at++;
		if (strlen(line) != (size_t)n)
			stop(EXIT_BROKEN,
			     "%s:%d: a zero byte; is this a "
			     "profile?",
			     path, at);
		profile_line(path, at, line);
	}
	if (ferror(f))
		stop(EXIT_BROKEN, "%s: %s", path, strerror(errno));
	free(line);
	fclose(f);
}

void conf_export(void)
{
	for (int i = 0; i < SETTINGS; i++) {
		const char *value = optional[i];

		if (!value && !conf_variable(i))
			value = profiled[i];
		if (value && setenv(settings[i].variable, value, 1))
			must_alloc(NULL);
	}
}
