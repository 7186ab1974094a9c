/*
 * fd.c - what is known of each descriptor
 *
 * For every call on a descriptor the shim must know whether it is one that
 * can be waited for, and whether the program has made it nonblocking, at the
 * cost of a load.  A table by number says so.  An entry is found out by
 * asking the kernel when a thread first uses the descriptor after the engine
 * has started, is set directly where we see the descriptor made, and is
 * forgotten at every close, dup2 and the like.
 *
 * It is a hint: a descriptor may change behind our back (closed inside
 * libc, made by a library's own system call).  So nothing may go wrong with
 * a stale entry but speed.  A socket call on what is no socket any more
 * gives ENOTSOCK or EOPNOTSUPP as it should; read() and write(), for which
 * these errors are impossible, take them as a sign and ask again.
 *
 * O_NONBLOCK belongs to the open file description.  Once descriptors have
 * been duplicated, passed, or inherited by a child, a change through one of
 * them may concern any: all entries are then of an old generation, here and
 * in the other process, and look again.  So it is with a socket's time limits
 * and low-water mark; but as servers set them for each connection, it is known
 * of a descriptor made since the last fork() that it is the only one.  What a process that has not the
 * shim, or has executed something else since, does to a shared description
 * is not noticed.
 */
#include "shim/intern.h"

#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#define CHUNK 1024	/* entries; chunks are mapped on demand */
#define CHUNKS 1024	/* 2^20 descriptors: fs.nr_open's default */

static struct fdent *_Atomic table[CHUNKS];
static _Atomic bool shared;	/* descriptions may have several numbers */
static _Atomic uint32_t passed = 1; /* times that any may have come to have */

/* In memory that children made by fork() share; they have our descriptions. */
static _Atomic uint32_t lone_generation[2] = { 1, 1 };
static _Atomic uint32_t *generation = lone_generation;
enum { FLAGS, OPTIONS };	/* of these: what an entry's .gen and .opts say */

static struct fdent *entry(int fd)
{
	struct fdent *none = NULL, *chunk;
	unsigned n = (unsigned)fd;

	if (unlikely(n >= CHUNK * CHUNKS))
		return NULL;
	chunk = atomic_load_explicit(&table[n / CHUNK], memory_order_acquire);
	if (likely(chunk != NULL))
		return &chunk[n % CHUNK];
	chunk = mmap(NULL, CHUNK * sizeof(*chunk), PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (chunk == MAP_FAILED)
		return NULL;
	if (!atomic_compare_exchange_strong(&table[n / CHUNK], &none, chunk)) {
		munmap(chunk, CHUNK * sizeof(*chunk));
		chunk = none;
	}
	return &chunk[n % CHUNK];
}

/* --- asking the kernel ------------------------------------------------------ */

/* asm-generic/socket.h; libc's names for them depend on time_t's size */
#ifndef SO_RCVTIMEO_NEW
#define SO_RCVTIMEO_NEW 66
#define SO_SNDTIMEO_NEW 67
#endif

static int64_t timeo_of(int fd, int name)
{
	struct timeval tv = { 0 };
	socklen_t len = sizeof(tv);

	if (getsockopt(fd, SOL_SOCKET, name, &tv, &len))
		return 0;
	return (int64_t)tv.tv_sec * 1000000000 + tv.tv_usec * 1000;
}

static int sockopt_int(int fd, int name)
{
	socklen_t len = sizeof(int);
	int v = 0;

	return getsockopt(fd, SOL_SOCKET, name, &v, &len) ? -1 : v;
}

static enum fd_kind socket_kind(int domain, int type)
{
	if (type == SOCK_STREAM)
		return domain == AF_INET || domain == AF_INET6 ? FD_TCP :
								 FD_STREAM;
	return FD_MESSAGES;
}

static enum fd_kind ask_socket(int fd, struct fdent *f)
{
	int type = sockopt_int(fd, SO_TYPE);

	f->rcvtimeo = timeo_of(fd, SO_RCVTIMEO);
	f->sndtimeo = timeo_of(fd, SO_SNDTIMEO);
	/* a receive that is to wait for so much has no form that tries */
	if (sockopt_int(fd, SO_RCVLOWAT) > 1)
		return FD_HOME;
	return socket_kind(sockopt_int(fd, SO_DOMAIN), type);
}

/* What has no type has a name.  (A signalfd's answer depends on who asks, so
   it is asked at home.) */
static enum fd_kind ask_anonymous(int fd)
{
	char path[32], name[32] = "";

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (readlink(path, name, sizeof(name) - 1) < 0)
		return FD_HOME;
	if (!strcmp(name, "anon_inode:[eventfd]"))
		return FD_COUNTER;
	if (!strcmp(name, "anon_inode:[timerfd]") ||
	    !strcmp(name, "anon_inode:inotify"))
		return FD_EVENTS;
	return FD_HOME;
}

static enum fd_kind ask_kind(int fd, struct fdent *f)
{
	struct stat st;

	if (fstat(fd, &st))
		return FD_UNKNOWN;
	if (S_ISSOCK(st.st_mode))
		return ask_socket(fd, f);
	if (S_ISFIFO(st.st_mode))
		return FD_PIPE;
	if (S_ISREG(st.st_mode) || S_ISDIR(st.st_mode) || S_ISBLK(st.st_mode))
		return FD_PLAIN;
	/* /dev/null, zero, full, random, urandom: the memory devices */
	if (S_ISCHR(st.st_mode) && major(st.st_rdev) == 1)
		return FD_DEVICE;
	return st.st_mode & S_IFMT ? FD_HOME : ask_anonymous(fd);
}

static void ask_flags(int fd, struct fdent *f)
{
	int saved = errno;
	uint32_t gen = atomic_load(generation);
	int fl = real(fcntl)(fd, F_GETFL);

	f->nonblock = fl >= 0 && fl & O_NONBLOCK;
	f->gen = gen;
	errno = saved;
}

static bool is_socket(const struct fdent *f)
{
	return f->kind >= FD_TCP && f->kind < FD_PIPE;
}

static void ask(int fd, struct fdent *f)
{
	uint32_t opts = atomic_load(&generation[OPTIONS]);
	int saved = errno;

	ring_forget_fd(fd);
	ask_flags(fd, f);
	f->drained = 0;
	f->alone = 0;
	/* a pipe has no limits, whatever had the number before */
	f->rcvtimeo = f->sndtimeo = 0;
	f->opts = 0;
	f->kind = (uint8_t)ask_kind(fd, f);
	if (is_socket(f))
		f->opts = opts;
	errno = saved;
}

/* The limits of what is a socket. */
static void ask_options(int fd, struct fdent *f)
{
	int saved = errno;
	uint32_t opts = atomic_load(&generation[OPTIONS]);

	if (!is_socket(f) || f->opts == opts)
		return;
	f->kind = (uint8_t)ask_socket(fd, f);
	f->opts = opts;
	errno = saved;
}

/* --- the question ------------------------------------------------------------- */

static bool is_old(const struct fdent *f)
{
	return f->gen != atomic_load_explicit(generation, memory_order_relaxed);
}

/* False if it must not be asked for any more. */
static bool learn(int fd, struct fdent *f)
{
	if (!own_begin())
		return false;
	if (f->kind == FD_UNKNOWN) {
		ask(fd, f);
	} else {
		ask_flags(fd, f);
		ask_options(fd, f);
	}
	own_end();
	return true;
}

static struct fdent *waits(int fd)
{
	struct fdent *f;

	if (!ring_up || thread_stays_home())
		return NULL;
	f = entry(fd);
	if (unlikely(!f))
		return NULL;
	if (unlikely(f->kind == FD_UNKNOWN || is_old(f)) && !learn(fd, f))
		return NULL;
	if (likely(f->kind >= FD_TCP && !f->nonblock))
		return f;
	/* also without waiting: a terminal stops who reads it in the background, by a
	   signal, and a signalfd tells of the signals of who asks */
	if (f->kind == FD_HOME)
		shim_go_home();
	return NULL;
}

bool fd_may_wait(int fd)
{
	return waits(fd) != NULL;
}

bool fd_is_for_home(int fd)
{
	struct fdent *f = entry(fd);

	if (f && unlikely(f->kind == FD_UNKNOWN))
		learn(fd, f);
	return f && f->kind == FD_HOME;
}

bool fd_raises(int fd)
{
	struct fdent *f = entry(fd);

	if (f && f->kind == FD_UNKNOWN)
		learn(fd, f);
	if (f && f->kind == FD_HOME) {	/* of any type */
		int saved = errno, type = sockopt_int(fd, SO_TYPE);

		errno = saved;
		return type < 0 || type == SOCK_STREAM;
	}
	return f && f->kind != FD_MESSAGES;
}

void fd_long_read(int fd, size_t len)
{
	struct fdent *f;

	/* drivers/char/{mem,random}.c: a page is whole */
	if (likely(len <= 4096) || !thread_is_away() || !(f = entry(fd)))
		return;
	if (f->kind == FD_UNKNOWN)
		learn(fd, f);
	if (f->kind == FD_DEVICE)
		shim_go_home();
}

struct fdent *fd_waits(int fd)
{
	struct fdent *f = waits(fd);

	if (!f)
		cancel_point();
	return f;
}

struct fdent *sock_waits(int fd)
{
	struct fdent *f = fd_waits(fd);

	return f && f->kind < FD_PIPE ? f : NULL;
}

/* fd may become known to the engine: so it must be found by range_going(). */
void fd_touch(int fd)
{
	if (fd >= 0)
		entry(fd);
}

/* --- pipes ------------------------------------------------------------------------ */

/* Linux clears a pipe's FMODE_NOWAIT for good when pages are moved to or from it, and
   FIFOs have none. */
static _Atomic uint32_t spliced = 1;

uint32_t pipes_spliced(void)
{
	return atomic_load_explicit(&spliced, memory_order_relaxed);
}

bool fd_askable(const struct fdent *f)
{
	return atomic_load_explicit(&f->opts, memory_order_relaxed) ==
	       pipes_spliced();
}

void fd_asked(struct fdent *f, uint32_t when)
{
	if (f->kind == FD_PIPE)
		f->opts = when;
}

void fd_spliced(void)
{
	atomic_fetch_add(&spliced, 1);
}

/* --- changes -------------------------------------------------------------------- */

/* fd is a new descriptor, or will be none in a moment. */
void fd_new(int fd)
{
	struct fdent *f;

	if (!ring_up || fd < 0 || !(f = entry(fd)))
		return;
	/* the number may have been closed without our seeing it */
	ring_forget_fd(fd);
	ring_fd_taken(fd);
	f->kind = FD_UNKNOWN;
}

static int made(int fd)
{
	fd_new(fd);
	return fd;
}

void fd_known(int fd, enum fd_kind kind, bool nonblock)
{
	struct fdent *f;

	if (!ring_up || fd < 0 || !(f = entry(fd)))
		return;
	ring_forget_fd(fd);
	ring_fd_taken(fd);
	f->nonblock = nonblock;
	f->drained = 0;
	f->rcvtimeo = f->sndtimeo = 0;
	f->gen = atomic_load(generation);
	f->opts = kind == FD_PIPE ? pipes_spliced() :
				    atomic_load(&generation[OPTIONS]);
	f->alone = atomic_load(&passed);
	f->kind = (uint8_t)kind;
}

/* fd came from accept4(..., flags) on from. */
void fd_accepted(int fd, const struct fdent *from, int flags)
{
	struct fdent *f;

	fd_known(fd, from->kind, flags & SOCK_NONBLOCK);
	/* only TCP clones the listener's options */
	if (from->kind != FD_TCP || !(f = entry(fd)))
		return;
	f->rcvtimeo = from->rcvtimeo;
	f->sndtimeo = from->sndtimeo;
}

static void nonblock_changed(int fd, bool on)
{
	struct fdent *f = ring_up ? entry(fd) : NULL;

	if (f)
		f->nonblock = on;
	if (atomic_load(&shared))
		atomic_fetch_add(generation, 1);
}

/* An option of fd's has changed that others look at: who may have the description by
   another number asks again. */
static void option_changed(const struct fdent *f)
{
	if (!atomic_load(&shared) || f->alone == atomic_load(&passed))
		return;
	atomic_fetch_add(&generation[OPTIONS], 1);
	atomic_fetch_add(generation, 1);
}

/* Descriptions have, or are about to have, more numbers than one. */
void fds_shared(void)
{
	atomic_store(&shared, true);
	atomic_fetch_add(&passed, 1);
}

/* fd's has. */
static void fd_shared(int fd)
{
	struct fdent *f = ring_up ? entry(fd) : NULL;

	atomic_store(&shared, true);
	if (f)
		f->alone = 0;
}

/* Before the first thread. */
void fds_init(void)
{
	void *p = mmap(NULL, sizeof(lone_generation), PROT_READ | PROT_WRITE,
		       MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (generation != lone_generation || p == MAP_FAILED)
		return;
	generation = p;
	atomic_store(generation, 1);
	atomic_store(&generation[OPTIONS], 1);
}

bool fd_going(int fd)
{
	if (!ring_up || fd < 0)
		return true;
	if (unlikely(ring_owns_fd(fd)))
		return false;
	fd_new(fd);
	return true;
}

/* --- the interposers -------------------------------------------------------------- */

EXPORT int socket(int domain, int type, int protocol)
{
	int fd = real(socket)(domain, type, protocol);

	fd_known(fd, socket_kind(domain, type & 0xf), type & SOCK_NONBLOCK);
	return fd;
}

EXPORT int socketpair(int domain, int type, int protocol, int sv[2])
{
	int r = real(socketpair)(domain, type, protocol, sv);

	for (int i = 0; r == 0 && i < 2; i++)
		fd_known(sv[i], socket_kind(domain, type & 0xf),
			 type & SOCK_NONBLOCK);
	return r;
}

EXPORT int pipe2(int fds[2], int flags)
{
	int r = real(pipe2)(fds, flags);

	for (int i = 0; r == 0 && i < 2; i++)
		fd_known(fds[i], FD_PIPE, flags & O_NONBLOCK);
	return r;
}

EXPORT int pipe(int fds[2])
{
	int r = real(pipe)(fds);

	for (int i = 0; r == 0 && i < 2; i++)
		fd_known(fds[i], FD_PIPE, false);
	return r;
}

EXPORT int __pipe(int fds[2])
{
	return pipe(fds);
}

static int bad_fd(void)
{
	errno = EBADF;
	return -1;
}

EXPORT int close(int fd)
{
	int r;

	cancel_point();
	if (!fd_going(fd))
		return bad_fd();
	r = real(close)(fd);
	if (fd >= 0)
		ring_closed_fd(fd);
	return r;
}

EXPORT int __close(int fd)
{
	return close(fd);
}

/* Forget those from first to last of which anything may be known. */
static void range_going(unsigned first, unsigned last)
{
	for (unsigned c = first / CHUNK; c < CHUNKS && c <= last / CHUNK; c++) {
		if (!atomic_load(&table[c]))
			continue;
		for (unsigned fd = c * CHUNK; fd < (c + 1) * CHUNK; fd++)
			if (fd >= first && fd <= last)
				fd_going((int)fd);
	}
}

/* Whole ranges: in pieces between the ring's own descriptors. */
static int range_between(unsigned first, unsigned last, int flags)
{
	int own;

	if (!(flags & CLOSE_RANGE_CLOEXEC))
		range_going(first, last);
	while ((own = ring_next_owned(first)) >= 0 && (unsigned)own <= last) {
		if ((unsigned)own > first &&
		    real(close_range)(first, (unsigned)own - 1, flags))
			return -1;
		first = (unsigned)own + 1;
	}
	return first <= last ? real(close_range)(first, last, flags) : 0;
}

EXPORT int close_range(unsigned first, unsigned last, int flags)
{
	if (!ring_up || first > last || flags & CLOSE_RANGE_UNSHARE)
		return real(close_range)(first, last, flags);
	return range_between(first, last, flags);
}

EXPORT void closefrom(int low)
{
	if (!ring_up) {
		real(closefrom)(low);
		return;
	}
	range_between(low < 0 ? 0 : (unsigned)low, ~0u, 0);
}

EXPORT int dup(int fd)
{
	fd_shared(fd);
	if (ring_owns_fd(fd))
		return bad_fd();
	return made(real(dup)(fd));
}

static bool is_open(int fd)
{
	bool open = false;

	if (own_begin()) {
		open = real(fcntl)(fd, F_GETFD) >= 0;
		own_end();
	}
	return open;
}

/* A duplicate of old is about to be made as new, and what that was closed.  False
   if either is one of ours. */
static bool may_dup(int old, int new)
{
	fd_shared(old);
	if (ring_owns_fd(old))
		return false;
	return !ring_up || old == new || new < 0 || !is_open(old) ||
	       fd_going(new);
}

EXPORT int dup3(int old, int new, int flags)
{
	if (!may_dup(old, new))
		return bad_fd();
	return made(real(dup3)(old, new, flags));
}

EXPORT int dup2(int old, int new)
{
	if (!may_dup(old, new))
		return bad_fd();
	return made(real(dup2)(old, new));
}

EXPORT int __dup2(int old, int new)
{
	return dup2(old, new);
}

/* The signals of a descriptor go to one thread: what it causes itself is there when the
   call that has caused it returns. */
static void owned_by(const struct f_owner_ex *owner)
{
	if (owner->type == F_OWNER_TID)
		set_for_tid(owner->pid);
}

/* An argument of fcntl's is an int or a pointer; both travel as a long. */
static int fcntl_(int fd, int cmd, long arg)
{
	int r;

	if (unlikely(ring_up && ring_owns_fd(fd)))
		return bad_fd();
	if (cmd == F_SETLKW || cmd == F_OFD_SETLKW)
		shim_go_home();
	r = real(fcntl)(fd, cmd, arg);
	if (cmd == F_SETFL && r == 0)
		nonblock_changed(fd, arg & O_NONBLOCK);
	if (cmd == F_SETOWN_EX && r == 0)
		owned_by((const struct f_owner_ex *)arg);
	if (cmd == F_DUPFD || cmd == F_DUPFD_CLOEXEC) {
		fd_shared(fd);
		fd_new(r);
	}
	return r;
}

#define FCNTL(name)                              \
	EXPORT int name(int fd, int cmd, ...)    \
	{                                        \
		va_list ap;                      \
		long arg;                        \
                                                 \
		va_start(ap, cmd);               \
		arg = va_arg(ap, long);          \
		va_end(ap);                      \
		return fcntl_(fd, cmd, arg);     \
	}

FCNTL(fcntl)
FCNTL(__fcntl)
FCNTL(fcntl64)

/* Those of a terminal may wait, and stop who asks in the background.  (Some that
   any file has, and sockets, have numbers of theirs.) */
static bool of_terminals(unsigned long request)
{
	switch (request) {
	case FIONREAD:
	case FIONBIO:
	case FIOASYNC:
	case FIOCLEX:
	case FIONCLEX:
	case TIOCOUTQ:
	case TCGETS:
	case TIOCGWINSZ:
		return false;
	}
	return _IOC_TYPE(request) == 'T';
}

EXPORT int ioctl(int fd, unsigned long request, ...)
{
	va_list ap;
	void *arg;
	int r;

	va_start(ap, request);
	arg = va_arg(ap, void *);
	va_end(ap);
	if (ring_up && unlikely(ring_owns_fd(fd)))
		return bad_fd();
	if (unlikely(of_terminals(request)))
		shim_go_home();
	r = real(ioctl)(fd, request, arg);
	if (request == FIONBIO && r == 0)
		nonblock_changed(fd, *(int *)arg != 0);
	return r;
}

EXPORT int shutdown(int fd, int how)
{
	int r = real(shutdown)(fd, how);

	if (r == 0)
		ring_stir_fd(fd);
	return r;
}

/* A negative time is no time at all, which getsockopt() does not tell from
   no limit.  (Of a socket that was given to us so we learn nothing.) */
static int64_t timeo_set(int fd, int name, const struct timeval *tv)
{
	int64_t timeo = 1;

	if (tv->tv_sec >= 0 && own_begin()) {
		timeo = timeo_of(fd, name);
		own_end();
	}
	return timeo;
}

EXPORT int setsockopt(int fd, int level, int name, const void *val,
		      socklen_t len)
{
	int r = real(setsockopt)(fd, level, name, val, len);
	struct fdent *f;

	if (r || !ring_up || level != SOL_SOCKET || !(f = entry(fd)))
		return r;
	if (name == SO_RCVTIMEO || name == SO_RCVTIMEO_NEW)
		f->rcvtimeo = timeo_set(fd, SO_RCVTIMEO, val);
	else if (name == SO_SNDTIMEO || name == SO_SNDTIMEO_NEW)
		f->sndtimeo = timeo_set(fd, SO_SNDTIMEO, val);
	else if (name == SO_RCVLOWAT)
		f->kind = FD_UNKNOWN;	/* ask_socket() */
	else
		return r;
	option_changed(f);
	return r;
}
