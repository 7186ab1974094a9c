/*
 * mem.c - memory and descriptors of the ring's own
 *
 * Nothing here may call malloc: an allocator's own hooks may be what called
 * us.  Memory comes from mmap.
 *
 * A unit is what a thread needs besides its own stack: its struct thread,
 * src/shim's record, and the small stack its home sleeps on.  The structs lie
 * close together, for they are what a switch touches: at the same place in
 * each of a thousand pages they would all want the same few lines of the
 * cache.  Units come in slabs and go back to a free list, never to the
 * kernel: there are as many as there were threads at once.
 */
#include "ring/sched.h"

#include <fcntl.h>
#include <linux/kcmp.h>
#include <limits.h>
#include <sys/mman.h>
#include <sys/resource.h>

/* A home's stack must hold a signal frame (AT_MINSIGSTKSZ: 3632 here, 11 kB
   with AMX state) and a handler of src/shim's. */
#define HOME_STACK ((size_t)16384)
#define USER_AREA ((size_t)832)	/* src/shim's record */
#define SLAB 64

struct unit {
	struct thread thread;
	char *stack;
	char user[USER_AREA] __attribute__((aligned(64)));
} __attribute__((aligned(64)));

/* Records there are even without memory, of threads that stay at home and so
   need no stack: those of libc's, which have begun without us. */
#define RESERVE 64

struct slab {
	struct slab *next;
	struct unit unit[SLAB];
};

static struct spin lock;
static struct thread *units;
static struct slab *_Atomic slabs;
static struct unit reserve[RESERVE];
static _Atomic int reserved;

void *ring_map(size_t len)
{
	void *p = sys_mmap(len, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE);

	return sys_failed(p) ? NULL : p;
}

static struct unit *unit_of(struct thread *t)
{
	return (struct unit *)t;
}

void *unit_stack_top(struct thread *t)
{
	return unit_of(t)->stack ? unit_of(t)->stack + HOME_STACK : NULL;
}

static void free_list(struct thread *t)
{
	t->next = units;
	units = t;
}

/* One more slab, whose units are free. */
static bool slab(void)
{
	char *stacks = ring_map(SLAB * HOME_STACK);
	struct slab *s = ring_map(sizeof(*s));

	if (!stacks || !s) {
		if (stacks)
			sys_munmap(stacks, SLAB * HOME_STACK);
		return false;
	}
	for (int i = 0; i < SLAB; i++) {
		s->unit[i].stack = stacks + (size_t)i * HOME_STACK;
		free_list(&s->unit[i].thread);
	}
	s->next = atomic_load(&slabs);
	atomic_store(&slabs, s);
	return true;
}

/* The parent's are nobody's here. */
static bool is_one(struct thread *t, bool (*is)(struct thread *t, void *arg),
		   void *arg)
{
	return t->born == forks_ago && is(t, arg);
}

struct thread *thread_find(bool (*is)(struct thread *t, void *arg), void *arg)
{
	for (struct slab *s = atomic_load(&slabs); s; s = s->next)
		for (int i = 0; i < SLAB; i++)
			if (is_one(&s->unit[i].thread, is, arg))
				return &s->unit[i].thread;
	for (int i = 0; i < atomic_load(&reserved); i++)
		if (is_one(&reserve[i].thread, is, arg))
			return &reserve[i].thread;
	return NULL;
}

struct sum {
	int (*fn)(struct thread *t);
	int n;
};

static bool add_one(struct thread *t, void *arg)
{
	struct sum *sum = arg;

	sum->n += sum->fn(t);
	return false;
}

int thread_each(int (*fn)(struct thread *t))
{
	struct sum sum = { fn, 0 };

	thread_find(add_one, &sum);
	return sum.n;
}

static struct thread *unit_init(struct thread *t)
{
	t->user = unit_of(t)->user;
	t->timer.slot = -1;
	t->born = forks_ago;
	return t;
}

struct thread *unit_alloc(void)
{
	struct thread *t = NULL;
	void *aside;

	spin_lock(&lock);
	if (units || slab()) {
		t = units;
		units = t->next;
	}
	spin_unlock(&lock);
	if (!t)
		return NULL;
	__builtin_memset(unit_of(t)->user, 0, USER_AREA);
	aside = t->aside;
	__builtin_memset(t, 0, sizeof(*t));
	t->aside = aside;
	return unit_init(t);
}

/* A record without a stack: without memory.  Never freed.  NULL if there are
   no more. */
struct thread *unit_reserve(void)
{
	int i = atomic_load(&reserved);

	do {
		if (i == RESERVE)
			return NULL;
	} while (!atomic_compare_exchange_weak(&reserved, &i, i + 1));
	return unit_init(&reserve[i].thread);
}

void unit_free(struct thread *t)
{
	spin_lock(&lock);
	free_list(t);
	spin_unlock(&lock);
}

/* --- descriptors ------------------------------------------------------------ */

#define FEW 1024	/* what most systems allow; with less, each is missed */

/* The ring's own descriptors: a few for each carrier. */
#define OWNED_MAX (4 * CARRIERS_MAX + 16)
static _Atomic int owned[OWNED_MAX];	/* fd + 1; 0: free; -(fd + 1): it was */
static _Atomic int owned_lowest = INT_MAX;

static bool own_at(_Atomic int *slot, int was, int fd)
{
	return atomic_load(slot) == was &&
	       atomic_compare_exchange_strong(slot, &was, fd + 1);
}

static void own(int fd)
{
	for (int i = 0; i < OWNED_MAX; i++)
		if (own_at(&owned[i], 0, fd) || own_at(&owned[i], -fd - 1, fd))
			break;
	if (fd < atomic_load(&owned_lowest))
		atomic_store(&owned_lowest, fd);
}

/* Is fd one of ours?  Cheap for those that are not. */
bool fd_is_high(int fd)
{
	if (fd < atomic_load_explicit(&owned_lowest, memory_order_relaxed))
		return false;
	for (int i = 0; i < OWNED_MAX; i++)
		if (atomic_load_explicit(&owned[i], memory_order_relaxed) ==
		    fd + 1)
			return true;
	return false;
}

int ring_next_owned(unsigned fd)
{
	int best = -1;

	for (int i = 0; i < OWNED_MAX; i++) {
		int it = atomic_load(&owned[i]) - 1;

		if (it >= 0 && (unsigned)it >= fd && (best < 0 || it < best))
			best = it;
	}
	return best;
}

/* That it was ours is kept: a fork copies the descriptors before it copies what we
   know of them, and another thread may have closed one in between. */
static void disown(int fd)
{
	for (int i = 0; i < OWNED_MAX; i++) {
		int it = fd + 1;

		if (atomic_compare_exchange_strong(&owned[i], &it, -it))
			return;
	}
}

void ring_fd_taken(int fd)
{
	if (likely(fd < atomic_load_explicit(&owned_lowest,
					     memory_order_relaxed)))
		return;
	for (int i = 0; i < OWNED_MAX; i++) {
		int it = -fd - 1;

		atomic_compare_exchange_strong(&owned[i], &it, 0);
	}
}

static struct rlimit fd_limits(void)
{
	struct rlimit rl = { 0 };

	sys3(SYS_getrlimit, RLIMIT_NOFILE, SYS_P(&rl), 0);
	return rl;
}

/* The program's limit: it has no numbers from that on. */
static rlim_t fd_limit(void)
{
	return fd_limits().rlim_cur;
}

/* Above which ours begin to look for a place.  A table of descriptors is as long as
   the highest one needs, and copied with every fork: 512 KB for this many. */
#define FDS_TOP 65536

static long fds_top(void)
{
	rlim_t limit = fd_limit();

	return limit > FDS_TOP ? FDS_TOP : (long)limit;
}

static bool limit_to(const struct rlimit *rl)
{
	return sys3(SYS_setrlimit, RLIMIT_NOFILE, SYS_P(rl), 0) == 0;
}

#define BEYOND 64	/* descriptors that an engine begins with, and more */

/*
 * A duplicate beyond the program's limit, which is raised for that moment: so the
 * program can have as many as ever.  Before there are other threads, which would see it.
 * -errno, also where the limit is the highest there is, or so high that the table would
 * be too long.
 */
static int dup_beyond(int fd)
{
	struct rlimit rl = fd_limits(), more = rl;
	int r;

	if (ring_up || probe_filtered() || rl.rlim_cur >= FDS_TOP)
		return -EMFILE;
	more.rlim_cur += BEYOND;
	if (more.rlim_max < more.rlim_cur)
		more.rlim_max = more.rlim_cur;	/* root may */
	if (!limit_to(&more)) {
		more.rlim_cur = more.rlim_max = rl.rlim_max;
		if (rl.rlim_max <= rl.rlim_cur || !limit_to(&more))
			return -EMFILE;
	}
	r = (int)sys_fcntl(fd, F_DUPFD_CLOEXEC, (long)rl.rlim_cur);
	limit_to(&rl);
	return r;
}

/* A duplicate of fd with one of the highest numbers there are, so that "the lowest free
   descriptor" is what it would have been.  -errno. */
static int dup_high(int fd)
{
	long top = fds_top(), r = -EMFILE;

	for (long at = top - 16; r == -EMFILE && at > top / 2; at -= 16)
		r = sys_fcntl(fd, F_DUPFD_CLOEXEC, at);
	return (int)r;
}

/*
 * Have the table of descriptors be as long as ours will need it.  The first thread
 * does so before there are others: the kernel then waits for all CPUs to have seen
 * the new table (10 ms).
 */
void fds_widen(void)
{
	long fd = sys4(SYS_openat, AT_FDCWD, SYS_P("/"), O_PATH | O_CLOEXEC, 0);
	long r = dup_beyond((int)fd);

	if (r < 0)
		r = dup_high((int)fd);
	sys_close((int)r);
	sys_close((int)fd);
}

static rlim_t begun_with;	/* the limit when the last of the engine's was made */

/*
 * Make fd one of ours, and move it out of the program's way.  Returns the new
 * number, close-on-exec, or fd itself if there is none or it is an error.
 */
int fd_to_high(int fd)
{
	int r;

	if (fd < 0)
		return fd;
	begun_with = fd_limit();
	r = dup_beyond(fd);
	if (r < 0)
		r = dup_high(fd);
	if (r >= 0) {
		sys_close(fd);
		fd = r;
	}
	own(fd);
	return fd;
}

/*
 * What is a duplicate already, and not yet known as ours, would stay in a child that
 * another thread, or a handler, forks just then: so it is said what is about to be
 * duplicated, and the child looks.
 */
static _Atomic int about_to[64];	/* fd + 1; 0: free */

static _Atomic int *say_about_to(int fd)
{
	for (int i = 0; i < (int)(sizeof(about_to) / sizeof(*about_to)); i++) {
		int none = 0;

		if (atomic_compare_exchange_strong(&about_to[i], &none, fd + 1))
			return &about_to[i];
	}
	return NULL;
}

/* A duplicate of fd that is ours, without the program's lowest number being taken
   meanwhile.  -errno. */
int fd_high_dup(int fd)
{
	_Atomic int *slot = say_about_to(fd);
	int r = dup_high(fd);

	if (r >= 0)
		own(r);
	if (slot)
		atomic_store(slot, 0);
	return r;
}

/* Close one of ours.  (Should its number be ours again before it is forgotten, that
   one stays.) */
void fd_high_close(int fd)
{
	sys_close(fd);
	disown(fd);
}

/* In a child: close what was about to be ours and had been made, of fd. */
static void close_unknown(int fd)
{
	long top = fds_top(), pid = sys3(SYS_getpid, 0, 0, 0);

	for (int at = (int)top - 16; at < top; at++)
		if (!fd_is_high(at) && sys_fcntl(at, F_GETFD, 0) == FD_CLOEXEC &&
		    sys6(SYS_kcmp, pid, pid, KCMP_FILE, fd, at, 0) == 0)
			sys_close(at);
}

/*
 * Is there room for another of ours where the program would not miss it?  Not
 * when it has lowered its limit below ours, or below what it was: then what is left
 * are its own.
 */
bool fd_room(void)
{
	rlim_t limit = fd_limit();

	return atomic_load(&owned_lowest) == INT_MAX || limit >= begun_with ||
	       limit > (rlim_t)atomic_load(&owned_lowest);
}

bool fd_plenty(void)
{
	return fd_limit() >= FEW;
}

/* None is ours any more. */
static void disown_all(bool close, bool inherited)
{
	for (int i = 0; i < OWNED_MAX; i++) {
		int it = atomic_exchange(&owned[i], 0);

		if (it > 0 && close)
			sys_close(it - 1);
		if (it < 0 && close && inherited &&
		    sys_fcntl(-it - 1, F_GETFD, 0) == FD_CLOEXEC)
			sys_close(-it - 1);
	}
	atomic_store(&owned_lowest, INT_MAX);
}

void fd_high_close_all(void)
{
	disown_all(true, false);
}

/* In a forked child: close what was inherited of ours.  What the lock guards
   is a list at every moment. */
void mem_child(void)
{
	for (int i = 0; i < (int)(sizeof(about_to) / sizeof(*about_to)); i++) {
		int fd = atomic_exchange(&about_to[i], 0) - 1;

		if (fd >= 0 && !ring_shares_fds)
			close_unknown(fd);
	}
	atomic_store(&lock.held, 0);
	if (atomic_load(&owned_lowest) != INT_MAX)
		disown_all(!ring_shares_fds, true);
}
