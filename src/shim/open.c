/*
 * open.c - new descriptors, and those that come and go inside libc
 *
 * Whatever was known of a new descriptor's number is void.  Most of these
 * do nothing but say so.
 *
 * An open() may block: of a FIFO until its other end is opened, of a terminal
 * until there is a carrier.  What may is opened at home; who is away asks
 * first what it is.
 */
#include "shim/intern.h"

#include <sys/stat.h>
#include <sys/sysmacros.h>

static int made(int fd)
{
	fd_new(fd);
	return fd;
}

/* What is the kernel thread's own in /proc, and some of it only it may write. */
static bool threads_own(const char *path)
{
	static const char own[] = "/proc/thread-self/";

	return !strncmp(path, own, sizeof(own) - 1);
}

/* r is what has come of opening path, which, if it is good, can be read. */
static int opened(const char *path, int r)
{
	if (r >= 0 && unlikely(threads_own(path)) && ring_up)
		shim_stay_home();
	return made(r);
}

#define MADE(name, params, args)              \
	EXPORT int name params                \
	{                                     \
		return made(real(name) args); \
	}

/* --- open ---------------------------------------------------------------------- */

static void before_open(int dir, const char *path, int flags)
{
	int saved = errno;
	struct stat st;

	cancel_point();
	if (!thread_is_away() || flags & (O_NONBLOCK | O_DIRECTORY | O_PATH))
		return;
	if (fstatat(dir, path, &st, 0) == 0 &&
	    (S_ISFIFO(st.st_mode) ||
	     (S_ISCHR(st.st_mode) && major(st.st_rdev) != 1) ||
	     threads_own(path)))
		shim_go_home();
	errno = saved;
}

static mode_t mode_of(int flags, va_list ap)
{
	return flags & (O_CREAT | O_TMPFILE) ? va_arg(ap, mode_t) : 0;
}

#define OPEN(name)                                          \
	EXPORT int name(const char *path, int flags, ...)   \
	{                                                   \
		va_list ap;                                 \
		mode_t mode;                                \
                                                            \
		va_start(ap, flags);                        \
		mode = mode_of(flags, ap);                  \
		va_end(ap);                                 \
		before_open(AT_FDCWD, path, flags);         \
		return opened(path, real(name)(path, flags, mode)); \
	}

#define OPENAT(name)                                               \
	EXPORT int name(int dir, const char *path, int flags, ...) \
	{                                                          \
		va_list ap;                                        \
		mode_t mode;                                       \
                                                                   \
		va_start(ap, flags);                               \
		mode = mode_of(flags, ap);                         \
		va_end(ap);                                        \
		before_open(dir, path, flags);                     \
		return opened(path, real(name)(dir, path, flags, mode)); \
	}

OPEN(open)
OPEN(open64)
OPEN(__open)
OPEN(__open64)
OPENAT(openat)
OPENAT(openat64)

/* Of _FORTIFY_SOURCE; without a mode, which they check. */
#define OPEN_2(name)                                  \
	EXPORT int name(const char *path, int flags)  \
	{                                             \
		before_open(AT_FDCWD, path, flags);   \
		return opened(path, real(name)(path, flags)); \
	}

#define OPENAT_2(name)                                        \
	EXPORT int name(int dir, const char *path, int flags) \
	{                                                     \
		before_open(dir, path, flags);                \
		return opened(path, real(name)(dir, path, flags)); \
	}

OPEN_2(__open_2)
OPEN_2(__open64_2)
OPENAT_2(__openat_2)
OPENAT_2(__openat64_2)

#define CREAT(name)                                            \
	EXPORT int name(const char *path, mode_t mode)         \
	{                                                      \
		before_open(AT_FDCWD, path, O_CREAT);          \
		return made(real(name)(path, mode));           \
	}

CREAT(creat)
CREAT(creat64)
MADE(open_by_handle_at, (int dir, struct file_handle *h, int flags),
     (dir, h, flags))
MADE(mkstemp, (char *path), (path))
MADE(mkstemp64, (char *path), (path))
MADE(mkostemp, (char *path, int flags), (path, flags))
MADE(mkostemp64, (char *path, int flags), (path, flags))
MADE(mkstemps, (char *path, int n), (path, n))
MADE(mkstemps64, (char *path, int n), (path, n))
MADE(mkostemps, (char *path, int n, int flags), (path, n, flags))
MADE(mkostemps64, (char *path, int n, int flags), (path, n, flags))
MADE(shm_open, (const char *name, int flags, mode_t mode), (name, flags, mode))
MADE(memfd_create, (const char *name, unsigned flags), (name, flags))

/* --- terminals ------------------------------------------------------------------- */

MADE(posix_openpt, (int flags), (flags))
MADE(getpt, (void), ())

EXPORT int openpty(int *master, int *slave, char *name, const struct termios *t,
		   const struct winsize *w)
{
	int r = real(openpty)(master, slave, name, t, w);

	if (r == 0) {
		fd_new(*master);
		fd_new(*slave);
	}
	return r;
}

/* Closes what it has made 0, 1 and 2 of. */
EXPORT int login_tty(int fd)
{
	int r = real(login_tty)(fd);

	for (int i = 0; i < 3; i++)
		fd_new(i);
	fd_new(fd);
	return r;
}

/* --- events ----------------------------------------------------------------------- */

EXPORT int eventfd(unsigned count, int flags)
{
	int fd = real(eventfd)(count, flags);

	fd_known(fd, FD_COUNTER, flags & EFD_NONBLOCK);
	return fd;
}

EXPORT int timerfd_create(int clock, int flags)
{
	int fd = real(timerfd_create)(clock, flags);

	fd_known(fd, FD_EVENTS, flags & TFD_NONBLOCK);
	return fd;
}

EXPORT int inotify_init1(int flags)
{
	int fd = real(inotify_init1)(flags);

	fd_known(fd, FD_EVENTS, flags & IN_NONBLOCK);
	return fd;
}

MADE(inotify_init, (void), ())
MADE(fanotify_init, (unsigned flags, unsigned events), (flags, events))

_Atomic bool signals_by_fd;

EXPORT int signalfd(int fd, const sigset_t *mask, int flags)
{
	atomic_store(&signals_by_fd, true);
	return made(real(signalfd)(fd, mask, flags));
}

MADE(pidfd_open, (pid_t pid, unsigned flags), (pid, flags))
MADE(pidfd_getfd, (int pidfd, int fd, unsigned flags), (pidfd, fd, flags))
MADE(epoll_create, (int size), (size))
MADE(epoll_create1, (int flags), (flags))

/* --- inside libc -------------------------------------------------------------------- */

static FILE *made_file(FILE *f)
{
	if (f && ring_up)
		fd_new(fileno_unlocked(f));
	return f;
}

#define FOPEN(name)                                           \
	EXPORT FILE *name(const char *path, const char *mode) \
	{                                                     \
		FILE *f;                                      \
                                                              \
		before_open(AT_FDCWD, path, 0);               \
		f = real(name)(path, mode);                   \
		if (f)                                        \
			opened(path, fileno_unlocked(f));     \
		return f;                                     \
	}

FOPEN(fopen)
FOPEN(fopen64)

#define FREOPEN(name)                                                  \
	EXPORT FILE *name(const char *path, const char *mode, FILE *f) \
	{                                                              \
		made_file(f);                                          \
		if (path)                                              \
			before_open(AT_FDCWD, path, 0);                \
		return made_file(real(name)(path, mode, f));           \
	}

FREOPEN(freopen)
FREOPEN(freopen64)

EXPORT FILE *tmpfile(void)
{
	return made_file(real(tmpfile)());
}

EXPORT FILE *tmpfile64(void)
{
	return made_file(real(tmpfile64)());
}

EXPORT FILE *popen(const char *cmd, const char *mode)
{
	shim_go_home();
	return made_file(real(popen)(cmd, mode));
}

EXPORT int pclose(FILE *f)
{
	shim_go_home();
	return real(pclose)(f);
}

static void gone_dir(DIR *d)
{
	int saved = errno;

	if (d && ring_up)
		fd_new(dirfd(d));
	errno = saved;
}

EXPORT DIR *opendir(const char *path)
{
	DIR *d = real(opendir)(path);

	gone_dir(d);
	return d;
}

EXPORT int closedir(DIR *d)
{
	gone_dir(d);
	return real(closedir)(d);
}

/* --- message queues: descriptors, read at home ------------------------------------------ */

EXPORT mqd_t mq_open(const char *name, int flags, ...)
{
	struct mq_attr *attr = NULL;
	mode_t mode = 0;
	va_list ap;

	va_start(ap, flags);
	if (flags & O_CREAT) {
		mode = va_arg(ap, mode_t);
		attr = va_arg(ap, struct mq_attr *);
	}
	va_end(ap);
	return made(real(mq_open)(name, flags, mode, attr));
}

EXPORT mqd_t __mq_open_2(const char *name, int flags)
{
	return made(real(__mq_open_2)(name, flags));
}

EXPORT int mq_close(mqd_t q)
{
	if (ring_up && ring_owns_fd(q)) {
		errno = EBADF;
		return -1;
	}
	fd_new(q);
	return real(mq_close)(q);
}
