/*
 * work_lock.c - rounds of the stress program about locks and their time limits
 */
#include "stress.h"

#include <poll.h>
#include <semaphore.h>
#include <sched.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/time.h>

#define MS INT64_C(1000000)

/* --- mutex: threads count together --------------------------------------------- */

#define COUNTERS 6
#define COUNTS	 300

struct counted {
	pthread_mutex_t lock;
	bool recursive;
	uint64_t n;
	struct rng rng[COUNTERS];
	_Atomic int next;
};

static void lock_somehow(struct counted *c, struct rng *r)
{
	struct timespec ts;

	switch (below(r, 4)) {
	case 0:
		HERE("pthread_mutex_trylock");
		while (pthread_mutex_trylock(&c->lock) != 0)
			sched_yield();
		break;
	case 1:
		ts = in_ns(CLOCK_REALTIME, 3600000 * MS);
		OK0(pthread_mutex_timedlock(&c->lock, &ts));
		break;
	default:
		OK0(pthread_mutex_lock(&c->lock));
	}
}

static void *count(void *arg)
{
	struct counted *c = arg;
	struct rng r = c->rng[c->next++];

	for (int i = 0; i < COUNTS; i++) {
		uint64_t n;

		lock_somehow(c, &r);
		if (c->recursive)
			OK0(pthread_mutex_lock(&c->lock));
		n = c->n;
		if (below(&r, 32) == 0)
			sched_yield();
		c->n = n + 1;
		if (c->recursive)
			OK0(pthread_mutex_unlock(&c->lock));
		OK0(pthread_mutex_unlock(&c->lock));
	}
	return NULL;
}

static void mutex(struct slot *s)
{
	static const int types[] = { PTHREAD_MUTEX_NORMAL,
				     PTHREAD_MUTEX_RECURSIVE,
				     PTHREAD_MUTEX_ERRORCHECK,
				     PTHREAD_MUTEX_ADAPTIVE_NP };
	int type = types[below(&s->rng, 4)];
	struct counted c = { .recursive = type == PTHREAD_MUTEX_RECURSIVE };
	pthread_mutexattr_t attr;
	struct task t[COUNTERS];

	pthread_mutexattr_init(&attr);
	pthread_mutexattr_settype(&attr, type);
	OK0(pthread_mutex_init(&c.lock, &attr));
	for (int i = 0; i < COUNTERS; i++)
		c.rng[i] = fork_rng(&s->rng);
	for (int i = 0; i < COUNTERS; i++)
		task_start(&t[i], s, count, &c);
	for (int i = 0; i < COUNTERS; i++)
		task_join(&t[i]);
	CHECK(c.n == COUNTERS * COUNTS);
	OK0(pthread_mutex_destroy(&c.lock));
}

/* --- queue: producers and consumers ---------------------------------------------- */

#define ROOM  7
#define SIDES 4
#define ITEMS 150

struct queue {
	enum {
		BY_COND,
		BY_BROADCAST,
		BY_LIMIT,
		BY_SEM,
		WAYS
	} way;
	pthread_mutex_t lock;
	pthread_cond_t filled, emptied;
	sem_t items, rooms;
	uint64_t ring[ROOM];
	unsigned int head, tail;
	_Atomic uint64_t put, got;
	_Atomic int next;
	struct rng rng[SIDES];
};

static void wait_cond(struct queue *q, pthread_cond_t *c)
{
	struct timespec ts;
	int e;

	if (q->way != BY_LIMIT) {
		OK0(pthread_cond_wait(c, &q->lock));
		return;
	}
	ts = in_ns(CLOCK_REALTIME, 2 * MS);
	HERE("pthread_cond_timedwait");
	e = pthread_cond_timedwait(c, &q->lock, &ts);
	CHECK(e == 0 || e == ETIMEDOUT);
	if (e)
		CHECK(now(CLOCK_REALTIME) >=
		      ts.tv_sec * 1000 * MS + ts.tv_nsec);
}

static void wake_cond(struct queue *q, pthread_cond_t *c)
{
	if (q->way == BY_BROADCAST)
		OK0(pthread_cond_broadcast(c));
	else
		OK0(pthread_cond_signal(c));
}

static void put(struct queue *q, uint64_t item)
{
	if (q->way == BY_SEM)
		OK(sem_wait(&q->rooms));
	OK0(pthread_mutex_lock(&q->lock));
	while (q->head - q->tail == ROOM) {
		CHECK(q->way != BY_SEM);
		wait_cond(q, &q->emptied);
	}
	q->ring[q->head++ % ROOM] = item;
	if (q->way != BY_SEM)
		wake_cond(q, &q->filled);
	OK0(pthread_mutex_unlock(&q->lock));
	if (q->way == BY_SEM)
		OK(sem_post(&q->items));
}

static uint64_t get(struct queue *q)
{
	uint64_t item;

	if (q->way == BY_SEM)
		OK(sem_wait(&q->items));
	OK0(pthread_mutex_lock(&q->lock));
	while (q->head == q->tail) {
		CHECK(q->way != BY_SEM);
		wait_cond(q, &q->filled);
	}
	item = q->ring[q->tail++ % ROOM];
	OK0(pthread_mutex_unlock(&q->lock));
	if (q->way == BY_SEM)
		OK(sem_post(&q->rooms));
	else
		wake_cond(q, &q->emptied);
	return item;
}

static void *producer(void *arg)
{
	struct queue *q = arg;
	struct rng r = q->rng[q->next++];

	for (int i = 0; i < ITEMS; i++) {
		uint64_t item = rnd(&r);

		put(q, item);
		q->put += item;
	}
	return NULL;
}

static void *consumer(void *arg)
{
	struct queue *q = arg;

	for (int i = 0; i < ITEMS; i++)
		q->got += get(q);
	return NULL;
}

static void queue(struct slot *s)
{
	struct queue q = { .way = below(&s->rng, WAYS),
			   .lock = PTHREAD_MUTEX_INITIALIZER,
			   .filled = PTHREAD_COND_INITIALIZER,
			   .emptied = PTHREAD_COND_INITIALIZER };
	struct task t[2 * SIDES];

	OK(sem_init(&q.items, 0, 0));
	OK(sem_init(&q.rooms, 0, ROOM));
	for (int i = 0; i < SIDES; i++)
		q.rng[i] = fork_rng(&s->rng);
	for (int i = 0; i < 2 * SIDES; i++)
		task_start(&t[i], s, i % 2 ? producer : consumer, &q);
	for (int i = 0; i < 2 * SIDES; i++)
		task_join(&t[i]);
	CHECK(q.head == q.tail && q.head == SIDES * ITEMS);
	CHECK(q.put == q.got);
	OK0(pthread_cond_destroy(&q.filled));
	OK0(pthread_cond_destroy(&q.emptied));
	OK0(pthread_mutex_destroy(&q.lock));
	OK(sem_destroy(&q.items));
	OK(sem_destroy(&q.rooms));
}

/* --- rwlock: readers see all of a write or nothing --------------------------------- */

#define SHARERS 6
#define TURNS	80

struct shared {
	pthread_rwlock_t lock;
	uint64_t a, b, writes;
	_Atomic uint64_t wrote;
	_Atomic int next;
	struct rng rng[SHARERS];
};

static void read_turn(struct shared *h, struct rng *r)
{
	struct timespec ts = in_ns(CLOCK_REALTIME, 3600000 * MS);
	uint64_t a;

	if (below(r, 3) == 0)
		OK0(pthread_rwlock_timedrdlock(&h->lock, &ts));
	else
		OK0(pthread_rwlock_rdlock(&h->lock));
	a = h->a;
	if (below(r, 16) == 0)
		nap(20000);
	CHECK(a == h->a && h->b == ~a);
	OK0(pthread_rwlock_unlock(&h->lock));
}

static void write_turn(struct shared *h, struct rng *r)
{
	struct timespec ts = in_ns(CLOCK_REALTIME, 3600000 * MS);

	if (below(r, 3) == 0)
		OK0(pthread_rwlock_timedwrlock(&h->lock, &ts));
	else
		OK0(pthread_rwlock_wrlock(&h->lock));
	h->a = rnd(r);
	if (below(r, 16) == 0)
		sched_yield();
	h->b = ~h->a;
	h->writes++;
	h->wrote++;
	OK0(pthread_rwlock_unlock(&h->lock));
}

static void *sharer(void *arg)
{
	struct shared *h = arg;
	struct rng r = h->rng[h->next++];

	for (int i = 0; i < TURNS; i++) {
		if (below(&r, 4) == 0)
			write_turn(h, &r);
		else
			read_turn(h, &r);
	}
	return NULL;
}

static void rwlock(struct slot *s)
{
	struct shared h = { .b = ~UINT64_C(0) };
	pthread_rwlockattr_t attr;
	struct task t[SHARERS];

	pthread_rwlockattr_init(&attr);
	if (below(&s->rng, 2))
		pthread_rwlockattr_setkind_np(
			&attr, PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP);
	OK0(pthread_rwlock_init(&h.lock, &attr));
	for (int i = 0; i < SHARERS; i++)
		h.rng[i] = fork_rng(&s->rng);
	for (int i = 0; i < SHARERS; i++)
		task_start(&t[i], s, sharer, &h);
	for (int i = 0; i < SHARERS; i++)
		task_join(&t[i]);
	CHECK(h.writes == h.wrote && h.b == ~h.a);
	OK0(pthread_rwlock_destroy(&h.lock));
}

/* --- barrier: nobody is a phase ahead ------------------------------------------------ */

#define PHASES	25
#define PARTIES 5

struct phases {
	pthread_barrier_t barrier;
	_Atomic int came[PHASES], serial;
};

static void *party(void *arg)
{
	struct phases *p = arg;

	for (int i = 0; i < PHASES; i++) {
		int e;

		p->came[i]++;
		HERE("pthread_barrier_wait");
		e = pthread_barrier_wait(&p->barrier);
		CHECK(e == 0 || e == PTHREAD_BARRIER_SERIAL_THREAD);
		if (e)
			p->serial++;
		CHECK(p->came[i] == PARTIES);
	}
	return NULL;
}

static void barrier(struct slot *s)
{
	struct phases p = { .serial = 0 };
	struct task t[PARTIES];

	OK0(pthread_barrier_init(&p.barrier, NULL, PARTIES));
	for (int i = 0; i < PARTIES; i++)
		task_start(&t[i], s, party, &p);
	for (int i = 0; i < PARTIES; i++)
		task_join(&t[i]);
	CHECK(p.serial == PHASES);
	OK0(pthread_barrier_destroy(&p.barrier));
}

/* --- limits: what nobody ends, ends in time and not before --------------------------- */

static void limit_cond(int64_t ns)
{
	clockid_t clock = ns % 2 ? CLOCK_MONOTONIC : CLOCK_REALTIME;
	pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
	pthread_condattr_t attr;
	pthread_cond_t c;
	struct timespec ts;
	int e = 0;

	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, clock);
	OK0(pthread_cond_init(&c, &attr));
	OK0(pthread_mutex_lock(&m));
	ts = in_ns(clock, ns);
	HERE("pthread_cond_timedwait");
	while (e == 0)
		e = pthread_cond_timedwait(&c, &m, &ts);
	CHECK(e == ETIMEDOUT);
	CHECK(now(clock) >= ts.tv_sec * 1000 * MS + ts.tv_nsec);
	OK0(pthread_mutex_unlock(&m));
	OK0(pthread_cond_destroy(&c));
	OK0(pthread_mutex_destroy(&m));
}

static void limit_sem(int64_t ns)
{
	struct timespec ts;
	sem_t sem;
	int e;

	OK(sem_init(&sem, 0, 0));
	ts = in_ns(CLOCK_REALTIME, ns);
	HERE("sem_timedwait");
	/* a wait with a limit ends with a handler, whatever its SA_RESTART */
	do
		e = sem_timedwait(&sem, &ts);
	while (e == -1 && errno == EINTR);
	CHECK(e == -1 && errno == ETIMEDOUT);
	CHECK(now(CLOCK_REALTIME) >= ts.tv_sec * 1000 * MS + ts.tv_nsec);
	OK(sem_destroy(&sem));
}

static void limit_mutex(int64_t ns)
{
	pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
	struct timespec ts;

	OK0(pthread_mutex_lock(&m));
	ts = in_ns(CLOCK_REALTIME, ns);
	HERE("pthread_mutex_timedlock");
	CHECK(pthread_mutex_timedlock(&m, &ts) == ETIMEDOUT);
	CHECK(now(CLOCK_REALTIME) >= ts.tv_sec * 1000 * MS + ts.tv_nsec);
	OK0(pthread_mutex_unlock(&m));
	OK0(pthread_mutex_destroy(&m));
}

static void limit_poll(int64_t ns)
{
	int64_t start = now(CLOCK_MONOTONIC);
	struct pollfd p = { .events = POLLIN };
	int fd[2], ms = (int)(ns / MS), e;

	OK(pipe(fd));
	p.fd = fd[0];
	HERE("poll");
	e = poll(&p, 1, ms);
	CHECK(e == 0 || (e == -1 && errno == EINTR));
	if (e == 0)
		CHECK(now(CLOCK_MONOTONIC) >= start + ms * MS);
	OK(close(fd[0]));
	OK(close(fd[1]));
}

static void limit_recv(int64_t ns)
{
	int64_t start = now(CLOCK_MONOTONIC);
	struct timeval tv = { 0, ns / 1000 + 1 };
	int fd[2];
	char c;

	OK(socketpair(AF_UNIX, SOCK_STREAM, 0, fd));
	OK(setsockopt(fd[0], SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv)));
	HERE("recv");
	CHECK(recv(fd[0], &c, 1, 0) == -1);
	CHECK(errno == EAGAIN || errno == EINTR);
	/* the kernel counts this one in jiffies */
	if (errno == EAGAIN)
		CHECK(now(CLOCK_MONOTONIC) >= start + ns - 10 * MS);
	OK(close(fd[0]));
	OK(close(fd[1]));
}

static void limit_sleep(int64_t ns)
{
	int64_t end = now(CLOCK_MONOTONIC) + ns;
	struct timespec ts = { end / 1000000000, end % 1000000000 };
	int e;

	HERE("clock_nanosleep");
	do
		e = clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &ts, NULL);
	while (e == EINTR);
	CHECK(e == 0 && now(CLOCK_MONOTONIC) >= end);
}

struct limited {
	void (*wait)(int64_t ns);
	int64_t ns;
};

static void *limited(void *arg)
{
	struct limited *l = arg;

	l->wait(l->ns);
	return NULL;
}

static void limits(struct slot *s)
{
	static void (*const waits[])(int64_t ns) = {
		limit_cond, limit_sem,	limit_mutex,
		limit_poll, limit_recv, limit_sleep,
	};
	struct limited l[12];
	struct task t[12];

	for (int i = 0; i < 12; i++) {
		l[i] = (struct limited){ waits[below(&s->rng, 6)],
					 below(&s->rng, 15000000) };
		task_start(&t[i], s, limited, &l[i]);
	}
	for (int i = 0; i < 12; i++)
		task_join(&t[i]);
}

const struct kind kinds_lock[] = {
	{ "mutex", mutex },	{ "queue", queue },   { "rwlock", rwlock },
	{ "barrier", barrier }, { "limits", limits }, { NULL, NULL },
};
