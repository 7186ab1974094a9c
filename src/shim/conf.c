/*
 * conf.c - the environment variables
 *
 *	RING_SHIM_ENGINE=auto|uring|epoll|off
 *	RING_SHIM_CARRIERS=1..256
 *	RING_SHIM_MIN_THREADS=0..1000000
 *	RING_SHIM_VERBOSE=0|1
 *	RING_SHIM_FS=auto|insn|repair|syscall	(for tests: fsbase.c)
 *	RING_SHIM_STATS=DIRECTORY		(for ring-count: stats.c)
 *
 * A value that is none of these gets one line on stderr and the default.
 * Only what is written in full counts; an empty value is none.
 */
#include "shim/intern.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/auxv.h>

/* With so few threads nobody else is there to run while one of them waits,
   and a wait is the kernel's either way: two connections cost as much or more
   with us (1.0 to 1.3 times), four cost 0.6 times as much. */
#define MIN_THREADS 4

bool shim_on, shim_verbose;
_Atomic bool shim_over;
int shim_min_threads = MIN_THREADS;

static int spawn(void *(*fn)(void *), void *arg);
static void ring_says(const char *why, int err);

struct ring_conf shim_conf = {
	.spawn = spawn,
	.every_second = threads_idle,
	.retreating = threads_retreating,
	.say = ring_says,
	.interruptible = code_is_programs,
	.ours = code_is_ours,
	.brought = brought_home,
	.deliver = deliver_queued,
};

/* What we have to say is not to raise a signal: of a pipe without a reader, of
   a file where none may grow (sshd's sandbox). */
static void write_quietly(const char *buf, size_t n)
{
	static const struct timespec zero;
	sigset_t both, old;

	sigemptyset(&both);
	sigaddset(&both, SIGPIPE);
	sigaddset(&both, SIGXFSZ);
	real(pthread_sigmask)(SIG_BLOCK, &both, &old);
	if (real(write)(STDERR_FILENO, buf, n) < 0 &&
	    (errno == EPIPE || errno == EFBIG))
		real(sigtimedwait)(&both, NULL, &zero);
	real(pthread_sigmask)(SIG_SETMASK, &old, NULL);
}

static void line(const char *fmt, va_list ap)
{
	char buf[512] = "ring-shim: ";
	int n = (int)strlen(buf);

	n += vsnprintf(buf + n, sizeof(buf) - (size_t)n - 1, fmt, ap);
	if (n > (int)sizeof(buf) - 2)
		n = (int)sizeof(buf) - 2;
	buf[n++] = '\n';
	write_quietly(buf, (size_t)n);
}

void say(const char *fmt, ...)
{
	int saved = errno;
	va_list ap;

	if (!shim_verbose)
		return;
	va_start(ap, fmt);
	line(fmt, ap);
	va_end(ap);
	errno = saved;
}

void warn(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	line(fmt, ap);
	va_end(ap);
}

static void ring_says(const char *why, int err)
{
	if (err)
		say("%s: %s", why, strerror(-err));
	else
		say("%s", why);
}

int join_only(pthread_t t, void **result)
{
	int old, r;

	real(pthread_setcancelstate)(PTHREAD_CANCEL_DISABLE, &old);
	r = real(pthread_join)(t, result);
	real(pthread_setcancelstate)(old, NULL);
	return r;
}

/* A kernel thread of ours takes no signals. */
int spawn_own(pthread_t *t, void *(*fn)(void *), void *arg)
{
	pthread_attr_t attr;
	sigset_t all, mask;
	int r;

	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, 256 * 1024);
	sigfillset(&all);
	real(pthread_sigmask)(SIG_SETMASK, &all, &mask);
	r = real(pthread_create)(t, &attr, fn, arg);
	real(pthread_sigmask)(SIG_SETMASK, &mask, NULL);
	pthread_attr_destroy(&attr);
	return r;
}

static int spawn(void *(*fn)(void *), void *arg)
{
	pthread_t t;
	int r = spawn_own(&t, fn, arg);

	if (r == 0)
		real(pthread_detach)(t);
	return r;
}

static const char *const engine_names[] = {
	[ENGINE_AUTO] = "auto",
	[ENGINE_URING] = "uring",
	[ENGINE_EPOLL] = "epoll",
	[ENGINE_OFF] = "off",
};

bool conf_parse_engine(const char *s, enum engine_kind *kind)
{
	for (int i = 0; i <= ENGINE_OFF; i++) {
		if (strcmp(s, engine_names[i]))
			continue;
		*kind = (enum engine_kind)i;
		return true;
	}
	return false;
}

static bool parse_number(const char *s, long min, long max, int *n)
{
	char *end;
	long v;

	if (*s < '0' || *s > '9')
		return false;
	v = strtol(s, &end, 10);
	if (*end || v < min || v > max)
		return false;
	*n = (int)v;
	return true;
}

bool conf_parse_carriers(const char *s, int *n)
{
	return parse_number(s, 1, 256, n);
}

bool conf_parse_min_threads(const char *s, int *n)
{
	return parse_number(s, 0, 1000000, n);
}

bool conf_parse_fs(const char *s, enum fs_mode *mode)
{
	static const char *const names[] = { "auto", "insn", "repair",
					     "syscall" };

	for (int i = 0; i <= FS_SYSCALL; i++) {
		if (strcmp(s, names[i]))
			continue;
		*mode = (enum fs_mode)i;
		return true;
	}
	return false;
}

bool conf_parse_bool(const char *s, bool *b)
{
	if ((s[0] != '0' && s[0] != '1') || s[1])
		return false;
	*b = s[0] == '1';
	return true;
}

static const char *variable(const char *name)
{
	const char *s = getenv(name);

	return s && *s ? s : NULL;
}

/* Read the environment: once, from the library's constructor. */
void conf_init(void)
{
	const char *s;

	if ((s = variable("RING_SHIM_VERBOSE")) &&
	    !conf_parse_bool(s, &shim_verbose))
		warn("RING_SHIM_VERBOSE=%s is neither 0 nor 1; using 0", s);
	if ((s = variable("RING_SHIM_ENGINE")) &&
	    !conf_parse_engine(s, &shim_conf.engine))
		warn("RING_SHIM_ENGINE=%s is none of auto, uring, epoll, off; "
		     "using auto",
		     s);
	if ((s = variable("RING_SHIM_CARRIERS")) &&
	    !conf_parse_carriers(s, &shim_conf.carriers))
		warn("RING_SHIM_CARRIERS=%s is not a number from 1 to 256; "
		     "using one for each CPU", s);
	if ((s = variable("RING_SHIM_MIN_THREADS")) &&
	    !conf_parse_min_threads(s, &shim_min_threads))
		warn("RING_SHIM_MIN_THREADS=%s is not a number from 0 to "
		     "1000000; using %d", s, shim_min_threads);
	if ((s = variable("RING_SHIM_FS")) && !conf_parse_fs(s, &shim_conf.fs))
		warn("RING_SHIM_FS=%s is none of auto, insn, repair, syscall; "
		     "using auto",
		     s);
	shim_conf.attend = signals_held_off;
	shim_conf.clock = libc_own("clock_gettime") ?: real_clock_gettime;
	ring_configure(&shim_conf);
	shim_on = shim_conf.engine != ENGINE_OFF;
}
