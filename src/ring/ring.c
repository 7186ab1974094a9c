/*
 * ring.c - starting and stopping
 *
 * The engine starts with the first thread the program makes and is there
 * from then on.  Whatever fails on the way steps down: io_uring to epoll,
 * epoll to an error, upon which the caller passes everything through to
 * libc and nothing of this library runs.
 *
 * After fork() the child has the one thread that called it, at home.  The
 * carriers, their rings and their threads are the parent's: the child
 * forgets them, closes the descriptors it inherited, and starts its own
 * engine when it next makes a thread.
 */
#include "ring/sched.h"

#include <sched.h>
#include <sys/rseq.h>

bool ring_forked, ring_shares_fds;
uint32_t forks_ago;

void ring_tell(const char *why, int err)
{
	if (ring_conf->say)
		ring_conf->say(why, err);
}

static int cpus(void)
{
	uint64_t mask[128] = { 0 };	/* 8192 CPUs: CONFIG_NR_CPUS's limit */
	long bytes = sys3(SYS_sched_getaffinity, 0, sizeof(mask),
			  SYS_P(mask));
	int n = 0;

	for (long i = 0; i < bytes / 8; i++)
		n += __builtin_popcountll(mask[i]);
	return n > 0 ? n : 1;
}

/*
 * Restartable sequences name the kernel thread's area, which would be that
 * of whatever thread it was made with.  No carrier and no home may have one
 * registered: unregister the first thread's, and say so where libc looks,
 * so that the threads it makes from now on do not register either.
 * sched_getcpu() then asks the vDSO.
 */
static void rseq_off(void)
{
	char *tp = (char *)__builtin_thread_pointer();
	struct rseq *area = (struct rseq *)(tp + __rseq_offset);
	long r;

	if (!__rseq_size)
		return;
	r = sys4(SYS_rseq, SYS_P(area), sizeof(*area), RSEQ_FLAG_UNREGISTER,
		 RSEQ_SIG);
	if (r == 0)
		area->cpu_id = (uint32_t)RSEQ_CPU_ID_REGISTRATION_FAILED;
}

static int try_engine(const struct engine *e, enum probe calls)
{
	int r = probe_calls(calls);

	if (r)
		return r;
	engine = e;
	return carrier_add(CARRIER_ACTIVE);
}

static int first_carrier(enum engine_kind kind)
{
	int r = -ENOSYS;

	if (kind != ENGINE_EPOLL) {
		r = try_engine(&engine_uring, PROBE_URING);
		if (r == 0)
			return 0;
		ring_tell("io_uring is not to be had here, using epoll", r);
	}
	return try_engine(&engine_epoll, PROBE_EPOLL);
}

static void more_carriers(void)
{
	while (atomic_load(&carriers_made) < carriers_wanted) {
		int r = carrier_add(CARRIER_ACTIVE);

		if (r == 0)
			continue;
		ring_tell("not as many carriers as wanted could be made", r);
		carriers_wanted = atomic_load(&carriers_made);
	}
}

/*
 * An io_uring's descriptors have the lowest free numbers until they are moved up.
 * A thread of the program's may open something just then: so the first carrier
 * that is going to replace one is made while there is nobody else, unless
 * descriptors are few.
 */
static void spare_carrier(void)
{
	if (engine == &engine_uring && fd_plenty())
		carrier_add(CARRIER_SURPLUS);
}

void ring_configure(const struct ring_conf *conf)
{
	ring_conf = conf;
}

int ring_start(const struct ring_conf *conf)
{
	int r;

	ring_conf = conf;
	if (!thread_self()) {
		ring_tell("no memory for a thread's record", 0);
		return -ENOMEM;
	}
	r = probe_calls(PROBE_COMMON);
	if (r) {
		ring_tell("system calls of an engine are refused here", r);
		return r;
	}
	r = fs_init();
	if (r) {
		ring_tell("the FS base cannot be changed cheaply here "
		     "(no FSGSBASE, no perf events)", 0);
		return r;
	}
	rseq_off();
	carriers_wanted = conf->carriers ? conf->carriers : cpus();
	if (carriers_wanted > CARRIERS_MAX / 2)
		carriers_wanted = CARRIERS_MAX / 2;
	r = first_carrier(conf->engine);
	if (r) {
		ring_tell("no engine could be started", r);
		return r;
	}
	more_carriers();
	spare_carrier();
	r = monitor_start();
	if (r) {
		ring_tell("the monitor could not be started", r);
		return r;
	}
	__atomic_store_n(&stats.engine,
			 engine == &engine_uring ? RING_SHIM_ENGINE_IO_URING :
						   RING_SHIM_ENGINE_EPOLL,
			 __ATOMIC_RELAXED);
	atomic_store((_Atomic bool *)&ring_up, true);
	return 0;
}

/* A record may be there before the ring is: whoever has set a mask has one. */
static void thread_child(struct thread *t)
{
	if (!atomic_load(&retreat_done))
		t->tid = sys_gettid();
	t->born = forks_ago;
	t->carrier = NULL;
	t->timer.slot = -1;
	atomic_store(&t->hog, 0);
	atomic_store(&t->blocks, 0);
}

/* Another thread may have been making its record, or starting all this. */
void ring_fork_child(void)
{
	forks_ago++;
	retreat_child();
	if (ring_self)
		thread_child(ring_self);
	mem_child();
	ops_child();
	if (!engine) {
		stats_child();
		return;
	}
	ring_up = false;
	engine->child();
	carriers_child();
	monitor_child();
	park_child();
	stats_child();
	engine = NULL;
}

bool ring_owns_fd(int fd)
{
	return fd_is_high(fd);
}

/* tell(fd), which takes locks: a handler of a thread at home that closes, too,
   must not come meanwhile. */
static void tell_engine(void (*tell)(int fd), int fd)
{
	struct thread *self = ring_self;

	ring_hold(self);
	if (own_begin()) {
		tell(fd);
		own_end();
	}
	ring_drop(self);
}

/* How often the program has closed or replaced fd, or another that shares its place;
   an op need not outlive that many. */
static _Atomic uint32_t closes[256];

uint32_t fd_closes(int fd)
{
	return atomic_load_explicit(&closes[fd & 255], memory_order_relaxed);
}

static void note_close(int fd)
{
	atomic_fetch_add_explicit(&closes[fd & 255], 1, memory_order_relaxed);
}

void ring_forget_fd(int fd)
{
	note_close(fd);
	if (ring_up)
		tell_engine(engine->forget, fd);
}

void ring_closed_fd(int fd)
{
	note_close(fd);
	if (ring_up && engine->closed)
		tell_engine(engine->closed, fd);
}

void ring_stir_fd(int fd)
{
	if (ring_up && engine->stir)
		tell_engine(engine->stir, fd);
}

const char *ring_engine_name(void)
{
	return ring_up ? engine->name : "none";
}
