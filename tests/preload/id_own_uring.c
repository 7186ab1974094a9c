/* Threads with an io_uring of their own, by liburing, of which only the thread
 * that made it may submit; they wait in other ways in between. */
#include "t.h"
#include <dlfcn.h>
#if __has_include(<liburing.h>)
#include <liburing.h>

enum {
	THREADS = 4,
	TIMES = 5
};

static sem_t go[THREADS];
static int bad[THREADS];
static int (*init)(unsigned, struct io_uring *, struct io_uring_params *);
static int (*enter)(struct io_uring *);
static int (*await)(struct io_uring *, unsigned);
static int (*enrol)(struct io_uring *);
static void (*leave)(struct io_uring *);

/* Each function as a program that is linked to liburing finds it. */
static int found(void)
{
	if (!dlopen("liburing.so.2", RTLD_NOW | RTLD_GLOBAL))
		return 0;
	init = dlsym(RTLD_DEFAULT, "io_uring_queue_init_params");
	enter = dlsym(RTLD_DEFAULT, "io_uring_submit");
	await = dlsym(RTLD_DEFAULT, "io_uring_submit_and_wait");
	enrol = dlsym(RTLD_DEFAULT, "io_uring_register_ring_fd");
	leave = dlsym(RTLD_DEFAULT, "io_uring_queue_exit");
	return init && enter && await && enrol && leave;
}

/* An entry that does nothing, written by hand. */
static void put_nop(struct io_uring *r, unsigned long data)
{
	struct io_uring_sqe *e = &r->sq.sqes[r->sq.sqe_tail++ & 7];

	memset(e, 0, sizeof(*e));
	e->opcode = IORING_OP_NOP;
	e->user_data = data;
}

static int taken(struct io_uring *r, unsigned long data)
{
	unsigned head = *r->cq.khead;
	int ok = __atomic_load_n(r->cq.ktail, __ATOMIC_ACQUIRE) != head &&
		 r->cq.cqes[head & 15].user_data == data;

	__atomic_store_n(r->cq.khead, head + 1, __ATOMIC_RELEASE);
	return ok;
}

static void *works(void *arg)
{
	static const unsigned flags[THREADS] = {
		0, IORING_SETUP_SINGLE_ISSUER,
		IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN, 0
	};
	int k = (int)(long)arg;
	struct io_uring_params p = { .flags = flags[k] };
	struct io_uring r;

	bad[k] = init(8, &r, &p) != 0;
	if (bad[k])
		return NULL;
	if (k == 3)
		bad[k] += enrol(&r) != 1;
	for (unsigned long i = 1; i <= TIMES; i++) {
		while (sem_wait(&go[k]))
			;
		put_nop(&r, i);
		bad[k] += (i & 1 ? await(&r, 1) : enter(&r)) != 1;
		if (!(i & 1))
			bad[k] += await(&r, 1) < 0;
		bad[k] += !taken(&r, i);
	}
	leave(&r);
	return NULL;
}

int main(void)
{
	pthread_t th[THREADS];

	if (!found()) {
		printf("not here\n");
		return t_end();
	}
	for (long k = 0; k < THREADS; k++) {
		DO(sem_init(&go[k], 0, 0));
		th[k] = t_go(works, (void *)k);
	}
	for (int i = 0; i < TIMES; i++) {
		t_settle();
		for (int k = 0; k < THREADS; k++)
			DO(sem_post(&go[k]));
	}
	for (int k = 0; k < THREADS; k++) {
		t_join(th[k]);
		printf("%d: %d wrong\n", k, bad[k]);
	}
	return t_end();
}
#else
int main(void)
{
	printf("not here\n");
	return t_end();
}
#endif
