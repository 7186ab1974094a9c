/*
 * libc.c - finding the real functions, and the library's beginning and end
 *
 * All are bound when the library is loaded; one that is wanted earlier, by
 * the constructor of a library that was loaded before, is bound then.
 * dlsym() itself calls nothing that is interposed as long as it succeeds.
 */
#include "shim/intern.h"

#include <dlfcn.h>
#include <gnu/lib-names.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#define SYM(name)	    __typeof__(&name) real_##name;
#define VSYM(name, version) __typeof__(&name) real_##name;
#include "shim/symbols.def"
#undef SYM
#undef VSYM

static const struct {
	const char *name, *version;
	void **slot;
} table[SYMS] = {
#define SYM(sym)	   { #sym, NULL, (void **)&real_##sym },
#define VSYM(sym, version) { #sym, version, (void **)&real_##sym },
#include "shim/symbols.def"
#undef SYM
#undef VSYM
};

/* A symbol this libc does not have: nobody can have linked to it either. */
static long missing(void)
{
	errno = ENOSYS;
	return -1;
}

void *shim_bind(enum sym s)
{
	void *p = table[s].version
			  ? dlvsym(RTLD_NEXT, table[s].name, table[s].version)
			  : NULL;

	if (!p)
		p = dlsym(RTLD_NEXT, table[s].name);
	if (!p)
		p = (void *)missing;
	*table[s].slot = p;
	return p;
}

void *libc_own(const char *name)
{
	void *libc = dlopen(LIBC_SO, RTLD_LAZY | RTLD_NOLOAD);
	void *p = libc ? dlsym(libc, name) : NULL;

	if (libc)
		dlclose(libc);
	return p;
}

void shim_before_fork(void)
{
	shim_parent();
	fds_shared();
	ring_forked = true;
}

void shim_after_fork(void)
{
	ring_fork_child();
	threads_child();
}

static void before_fork(void)
{
	if (!shim_met())
		return;
	shim_before_fork();
	shim_go_home();
}

static void after_fork(void)
{
	if (shim_met())
		shim_after_fork();
}

/*
 * In the child handlers run in the order in which they were registered, before
 * a fork the other way round, and the others' may wait, too, and leave home: so
 * ours is the first.  What comes after it in the parent waits for nothing but
 * locks within libc; and a handler of a signal comes home when it ends.  The
 * program's libraries are constructed, and register theirs, before us.
 */
static void watch_forks(void)
{
	extern void *__dso_handle;
	static _Atomic bool done;

	if (!atomic_exchange(&done, true))
		real(__register_atfork)(before_fork, NULL, after_fork,
					&__dso_handle);
}

/*
 * vfork(), which is a fork here, runs none of the program's handlers.  So what
 * libc has for each is a few instructions of ours, which know its number.
 */
#define HANDLERS 192
#define STUB	 16	/* bytes */

typedef void handler(void);

static handler *handlers[HANDLERS];
static _Atomic int n_handlers;
static __thread bool vforks __attribute__((tls_model("initial-exec")));

handler atfork_stubs __attribute__((visibility("hidden")));
void atfork_run(int n) __attribute__((used, visibility("hidden")));

__asm__(".pushsection .text\n"
	".balign 16\n"
	".hidden atfork_stubs\n"
	".type atfork_stubs, @function\n"
	"atfork_stubs:\n"
	"	.cfi_startproc\n"
	"	.set shim_stub, 0\n"
	"	.rept 192\n"
	"	.balign 16\n"
	"	endbr64\n"
	"	movl $shim_stub, %edi\n"
	"	jmp atfork_run\n"
	"	.set shim_stub, shim_stub + 1\n"
	"	.endr\n"
	"	.cfi_endproc\n"
	".size atfork_stubs, .-atfork_stubs\n"
	".popsection\n");

void atfork_run(int n)
{
	if (!vforks)
		handlers[n]();
}

void shim_vforks(bool now)
{
	vforks = now;
}

/* Or fn itself if there are too many. */
static handler *stub_for(handler *fn)
{
	int n = atomic_load(&n_handlers), i;

	if (!fn)
		return NULL;
	for (i = 0; i < n && i < HANDLERS && handlers[i] != fn; i++)
		;
	if (i == n && i < HANDLERS)
		i = atomic_fetch_add(&n_handlers, 1);
	if (i >= HANDLERS)
		return fn;
	handlers[i] = fn;
	return (handler *)((uintptr_t)atfork_stubs + (uintptr_t)i * STUB);
}

/* What pthread_atfork() calls. */
EXPORT int __register_atfork(void (*prepare)(void), void (*parent)(void),
			     void (*child)(void), void *dso)
{
	watch_forks();
	return real(__register_atfork)(stub_for(prepare), stub_for(parent),
				       stub_for(child), dso);
}

__attribute__((constructor)) static void begin(void)
{
	for (int s = 0; s < SYMS; s++)
		if (!*table[s].slot)
			shim_bind((enum sym)s);
	stats_start(getenv("RING_SHIM_STATS"));
	conf_init();
	if (shim_on && !aside())
		watch_forks();
	dlerror();	/* what we have not found is no news for the program */
}

__attribute__((destructor)) static void end(void)
{
	struct ring_shim_slot sum;

	if (!shim_verbose)
		return;
	sum = stats_sum();
	say("engine %s, carriers %" PRIu32 ", threads %" PRIu64
	    ", parks %" PRIu64 ", user-space switches %" PRIu64
	    ", kernel waits %" PRIu64 ", recycled %" PRIu64
	    ", went home %" PRIu64 ", FS base by %s",
	    ring_engine_name(), stats.carriers, stats.threads,
	    sum.parks + stats.home_parks, sum.switches, sum.waits,
	    stats.recycled, stats.went_home, ring_fs_name());
}
