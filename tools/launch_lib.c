/*
 * launch_lib.c - where the library is, and the value of LD_PRELOAD
 *
 * The library is looked for from where this program lies: in .libs beside it
 * (a build tree), then in the directory that lies to it as the configured
 * libdir lies to bindir (an installation, also one that was moved as a
 * whole or staged with DESTDIR), then in the configured libdir.
 *
 * Two copies of the library in one process would interpose on each other,
 * so every other entry of LD_PRELOAD of its name is left out, wherever it
 * is.  The loader takes spaces as well as colons between entries.
 */
#include "launch.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#ifndef RS_BINDIR
#define RS_BINDIR "/usr/local/bin"
#endif
#ifndef RS_LIBDIR
#define RS_LIBDIR "/usr/local/lib"
#endif

/* The directory of this program; "" if it can't be told. */
static char *own_directory(void)
{
	static char path[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", path, sizeof(path) - 1);

	path[n < 0 ? 0 : n] = '\0';
	if (strrchr(path, '/'))
		*strrchr(path, '/') = '\0';
	return path;
}

/* The length of what both begin with, in whole components. */
static size_t common(const char *a, const char *b)
{
	size_t n = 0, whole = 0;

	for (;; n++) {
		bool end_a = !a[n] || a[n] == '/', end_b = !b[n] || b[n] == '/';

		if (end_a && end_b)
			whole = n;
		if (!a[n] || a[n] != b[n])
			return whole;
	}
}

/* libdir as seen from a directory that is bindir. */
static char *beside(const char *directory)
{
	size_t shared = common(RS_BINDIR, RS_LIBDIR);
	char *path = text("%s", directory);

	for (const char *p = RS_BINDIR + shared; *p; p++)
		if (*p == '/' && p[1] && p[1] != '/')
			path = text("%s/..", path);
	return text("%s%s", path, RS_LIBDIR + shared);
}

static char *usable(const char *directory, char **tried)
{
	char *path = text("%s/" LIBRARY, directory), *real;

	if (access(path, R_OK) == 0) {
		real = realpath(path, NULL);
		return real ? real : path;
	}
	*tried = *tried ? text("%s, %s", *tried, path) : path;
	return NULL;
}

char *library_find(char **tried)
{
	const char *own = own_directory();
	char *path = NULL;

	*tried = NULL;
	if (*own) {
		path = usable(text("%s/.libs", own), tried);
		if (!path)
			path = usable(beside(own), tried);
	}
	return path ? path : usable(RS_LIBDIR, tried);
}

static bool is_library(const char *entry, size_t length)
{
	size_t n = strlen(LIBRARY);

	return length >= n && !strncmp(entry + length - n, LIBRARY, n) &&
	       (length == n || entry[length - n - 1] == '/');
}

char *library_preload(const char *library, const char *old)
{
	char *list = text("%s", library);
	size_t n;

	for (; old && *old; old += n) {
		old += strspn(old, ": ");
		n = strcspn(old, ": ");
		if (n && !is_library(old, n))
			list = text("%s:%.*s", list, (int)n, old);
	}
	return list;
}
