/*
 * inspect_libs.c - the libraries a program names, and what they use
 *
 * Much of what a program does, it does through a library that came with it
 * (python3 is libpython, java libjvm): their imports count as its own.
 * Those of libraries that half of all programs link with do not: libcrypto
 * can make threads, and that says nothing of who uses it.
 *
 * Found as the loader does: RUNPATH with $ORIGIN, LD_LIBRARY_PATH, the
 * loader's cache, the usual directories.  What is not found, is passed over.
 */
#include "inspect.h"
#include "launch.h"

#include <elf.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define WALK_MAX 256

static const char *const general[] = {
	"libc.so.*",	       "ld-linux*",	    "libm.so.*",
	"libdl.so.*",	       "librt.so.*",	    "libpthread.so.*",
	"libresolv.so.*",      "libutil.so.*",	    "libgcc_s.so.*",
	"libstdc++.so.*",      "libc++.so.*",	    "libcrypto.so.*",
	"libssl.so.*",	       "libglib-2.0.so.*",  "libgio-2.0.so.*",
	"libgobject-2.0.so.*", "libsystemd.so.*",   "libdbus-1.so.*",
	"libz.so.*",	       "libzstd.so.*",	    "liblzma.so.*",
	"libcap.so.*",	       "libselinux.so.*",   "libgnutls.so.*",
	"libgomp.so.*",	       "libunistring.so.*", "libnss_*",
	"libcurl*.so.*",       "libp11-kit.so.*",   "libkrb5*.so.*",
	"libgssapi*.so.*",     "libgcrypt.so.*",    "libapparmor.so.*",
	"libsqlite3.so.*",     "libudev.so.*",	    "libldap*.so.*",
	"liburing.so.*",       "libuv.so.*",	    "libevent*.so.*",
	"libring-shim.so",
};

struct walk {
	int n;
	char *names[WALK_MAX];
};

static bool is_general(const char *name)
{
	for (size_t i = 0; i < sizeof(general) / sizeof(*general); i++)
		if (fnmatch(general[i], name, 0) == 0)
			return true;
	return false;
}

/* --- the loader's cache ------------------------------------------------------ */

#define CACHE_FILE  "/etc/ld.so.cache"
#define CACHE_MAGIC "glibc-ld.so.cache1.1"
#define FLAG_X86_64 0x0303 /* an ELF library for glibc, x86-64 */

struct cache_entry {
	int32_t flags;
	uint32_t key, value, os;
	uint64_t hwcap;
};

struct cache {
	char magic[20];
	uint32_t n, strings;
	uint32_t more[5];
	struct cache_entry entries[];
};

static struct cache *cache;
static size_t cache_size;

static void cache_read(void)
{
	int fd = open(CACHE_FILE, O_RDONLY | O_CLOEXEC);
	struct stat st;
	char *p = NULL;
	ssize_t n = 0;

	if (fd < 0)
		return;
	if (fstat(fd, &st) == 0 && st.st_size > (off_t)sizeof(*cache) &&
	    st.st_size < 64 << 20) {
		p = must_alloc(calloc(1, (size_t)st.st_size + 1));
		n = read(fd, p, (size_t)st.st_size);
	}
	close(fd);
	if (n < (ssize_t)sizeof(*cache) ||
	    memcmp(p, CACHE_MAGIC, sizeof(cache->magic))) {
		free(p);
		return;
	}
	cache = (struct cache *)p;
	cache_size = (size_t)n;
	if (cache->n > (cache_size - sizeof(*cache)) / sizeof(*cache->entries))
		cache->n = 0;
}

static const char *cached(const char *name)
{
	for (uint32_t i = 0; cache && i < cache->n; i++) {
		const struct cache_entry *e = &cache->entries[i];

		if (e->flags == FLAG_X86_64 && e->key < cache_size &&
		    e->value < cache_size &&
		    !strcmp((char *)cache + e->key, name))
			return (char *)cache + e->value;
	}
	return NULL;
}

/* --- finding a library --------------------------------------------------------- */

static int try(const char *path)
{
	return open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
}

/* In a list of directories, where $ORIGIN is the directory of user. */
static int in_list(const char *list, const char *user, const char *name)
{
	const char *slash = strrchr(user, '/');
	int origin = slash ? (int)(slash - user) : 0, fd = -1;
	size_t n;

	for (; fd < 0 && list && *list; list += n + (list[n] == ':')) {
		size_t skip = 0;
		char *path;

		n = strcspn(list, ":");
		if (!strncmp(list, "$ORIGIN", 7))
			skip = 7;
		else if (!strncmp(list, "${ORIGIN}", 9))
			skip = 9;
		path = text("%.*s%.*s/%s", skip ? origin : 0, user,
			    (int)(n - skip), list + skip, name);
		fd = try(path);
		free(path);
	}
	return fd;
}

static int find(const struct elf *by, const char *user, const char *name)
{
	const char *path;
	int fd;

	if (strchr(name, '/'))
		return try(name);
	fd = in_list(by->runpath, user, name);
	if (fd < 0)
		fd = in_list(getenv("LD_LIBRARY_PATH"), user, name);
	if (fd < 0 && (path = cached(name)))
		fd = try(path);
	if (fd < 0)
		fd = in_list("/lib64:/usr/lib64:/lib/x86_64-linux-gnu:"
			     "/usr/lib/x86_64-linux-gnu:/lib:/usr/lib",
			     user, name);
	return fd;
}

/* --- the walk ------------------------------------------------------------------ */

static void take(struct subject *s, const struct elf *e, const char *file)
{
	for (int i = 0; i < USES; i++)
		if (e->symbol[i] && !s->uses[i].symbol)
			s->uses[i] = (struct evidence){
				text("%s", e->symbol[i]),
				file,
			};
}

/* Is it a name not yet seen?  Remember it. */
static bool is_new(struct walk *w, const char *name)
{
	for (int i = 0; i < w->n; i++)
		if (!strcmp(w->names[i], name))
			return false;
	if (w->n == WALK_MAX)
		return false;
	w->names[w->n++] = text("%s", name);
	return true;
}

static bool any(const char *const *patterns, const char *name)
{
	for (; *patterns; patterns++)
		if (fnmatch(*patterns, name, 0) == 0)
			return true;
	return false;
}

/* The list is that of src/shim/aside.c, which acts upon it. */
void libs_name(const char *name, bool *jvm, bool *runtime, bool *sanitizer)
{
	static const char *const jvms[] = { "libjvm.so*", "libjli.so*",
					    "libj9vm*", NULL };
	static const char *const runtimes[] = {
		"libcoreclr.so*",   "libhostfxr.so*", "libmonosgen-2.*",
		"libmonoboehm-2.*", "libgc.so.*",     NULL
	};
	static const char *const sanitizers[] = { "libasan.so*", "libtsan.so*",
						  "libhwasan.so*",
						  "liblsan.so*", NULL };

	*jvm |= any(jvms, name);
	*runtime |= any(runtimes, name);
	*sanitizer |= any(sanitizers, name);
}

static void take_name(struct subject *s, const char *name)
{
	bool sanitizer = false;

	libs_name(name, &s->jvm, &s->runtime, &sanitizer);
	if (sanitizer && !s->uses[USE_SANITIZER].symbol)
		s->uses[USE_SANITIZER] =
			(struct evidence){ text("%s", name), "the program" };
}

static char *path_of(int fd)
{
	char *link = text("/proc/self/fd/%d", fd), path[PATH_MAX];
	ssize_t n = readlink(link, path, sizeof(path) - 1);

	free(link);
	return text("%.*s", n < 0 ? 0 : (int)n, path);
}

static void walk(struct subject *s, struct walk *w, const struct elf *by,
		 const char *user)
{
	for (int i = 0; i < by->n_needed; i++) {
		const char *name = by->needed[i];
		struct elf e;
		int fd;

		take_name(s, name);
		if (is_general(name) || !is_new(w, name))
			continue;
		fd = find(by, user, name);
		if (fd < 0)
			continue;
		if (!elf_read(fd, &e) && e.machine == EM_X86_64) {
			take(s, &e, w->names[w->n - 1]);
			walk(s, w, &e, path_of(fd));
		}
		elf_free(&e);
		close(fd);
	}
}

void libs_walk(struct subject *s)
{
	static struct walk w;

	cache_read();
	take(s, &s->elf, "the program");
	walk(s, &w, &s->elf, s->path);
}
