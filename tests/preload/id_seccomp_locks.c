/* A seccomp filter for all threads, as in id_seccomp_all, while threads wait for
 * locks of all kinds; and of those who wait for one thing, some have begun to
 * before the filter came and others after. */
#include "t_seccomp.h"
#include <threads.h>

static const struct s_rule natively[] = {
	S_THREADS,
	S_STREAMS,
	S_SLEEPS,
};

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t timed = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t cond_mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t cond = PTHREAD_COND_INITIALIZER;
static pthread_cond_t cond_long = PTHREAD_COND_INITIALIZER;
static pthread_cond_t cond_over = PTHREAD_COND_INITIALIZER;
static int flag, flag_long;
static sem_t sem, sem_long;
static pthread_rwlock_t held_to_write = PTHREAD_RWLOCK_INITIALIZER;
static pthread_rwlock_t held_to_read = PTHREAD_RWLOCK_INITIALIZER;
static pthread_barrier_t barrier;

static void mutex_ready(void)
{
	pthread_mutex_lock(&mutex);
}

static long mutex_wait(void)
{
	return pthread_mutex_lock(&mutex) + pthread_mutex_unlock(&mutex);
}

static void mutex_wake(void)
{
	pthread_mutex_unlock(&mutex);
}

static void timed_ready(void)
{
	pthread_mutex_lock(&timed);
}

static long timed_wait(void)
{
	struct timespec ts = t_in(CLOCK_MONOTONIC, 25000);

	return pthread_mutex_clocklock(&timed, CLOCK_MONOTONIC, &ts) +
	       pthread_mutex_unlock(&timed);
}

static void timed_wake(void)
{
	pthread_mutex_unlock(&timed);
}

static long cond_wait(void)
{
	pthread_mutex_lock(&cond_mutex);
	while (!flag)
		pthread_cond_wait(&cond, &cond_mutex);
	flag = 0;
	return pthread_mutex_unlock(&cond_mutex);
}

static void cond_wake(void)
{
	pthread_mutex_lock(&cond_mutex);
	flag = 1;
	pthread_cond_signal(&cond);
	pthread_mutex_unlock(&cond_mutex);
}

static long cond_long_wait(void)
{
	struct timespec ts = t_in(CLOCK_MONOTONIC, 25000);
	int r = 0;

	pthread_mutex_lock(&cond_mutex);
	while (!flag_long && !r)
		r = pthread_cond_clockwait(&cond_long, &cond_mutex,
					   CLOCK_MONOTONIC, &ts);
	flag_long = 0;
	return r + pthread_mutex_unlock(&cond_mutex);
}

static void cond_long_wake(void)
{
	pthread_mutex_lock(&cond_mutex);
	flag_long = 1;
	pthread_cond_broadcast(&cond_long);
	pthread_mutex_unlock(&cond_mutex);
}

static long cond_over_wait(void)
{
	struct timespec ts = t_in(CLOCK_MONOTONIC, 100);
	int r;

	pthread_mutex_lock(&cond_mutex);
	do
		r = pthread_cond_clockwait(&cond_over, &cond_mutex,
					   CLOCK_MONOTONIC, &ts);
	while (!r);
	pthread_mutex_unlock(&cond_mutex);
	return r == ETIMEDOUT;
}

static long sem_wait_(void)
{
	return sem_wait(&sem);
}

static void sem_wake(void)
{
	sem_post(&sem);
}

static long sem_long_wait(void)
{
	struct timespec ts = t_in(CLOCK_MONOTONIC, 25000);

	return sem_clockwait(&sem_long, CLOCK_MONOTONIC, &ts);
}

static void sem_long_wake(void)
{
	sem_post(&sem_long);
}

static void read_lock_ready(void)
{
	pthread_rwlock_wrlock(&held_to_write);
}

static long read_lock_wait(void)
{
	return pthread_rwlock_rdlock(&held_to_write) +
	       pthread_rwlock_unlock(&held_to_write);
}

static void read_lock_wake(void)
{
	pthread_rwlock_unlock(&held_to_write);
}

static void write_lock_ready(void)
{
	pthread_rwlock_rdlock(&held_to_read);
}

static long write_lock_wait(void)
{
	return pthread_rwlock_wrlock(&held_to_read) +
	       pthread_rwlock_unlock(&held_to_read);
}

static void write_lock_wake(void)
{
	pthread_rwlock_unlock(&held_to_read);
}

static long barrier_wait(void)
{
	int r = pthread_barrier_wait(&barrier);

	return r == PTHREAD_BARRIER_SERIAL_THREAD ? 0 : r;
}

static void barrier_wake(void)
{
	barrier_wait();
}

static pthread_once_t once;
static int in_once, once_may_end;
static mtx_t c11_mutex;
static cnd_t c11_cond;
static int c11_flag;

static void once_ready(void)
{
	once = PTHREAD_ONCE_INIT;
	t_set(&in_once, 0);
	t_set(&once_may_end, 0);
}

static void long_once(void)
{
	t_set(&in_once, 1);
	t_await(t_get(&once_may_end));
}

static void *does_once(void *arg)
{
	PDO(pthread_once(&once, long_once));
	return arg;
}

/* Another is within, and this one waits for it. */
static long once_wait(void)
{
	pthread_t th = t_go(does_once, NULL);

	t_await(t_get(&in_once));
	PDO(pthread_once(&once, long_once));
	return t_join(th) == NULL;
}

static void once_wake(void)
{
	t_set(&once_may_end, 1);
}

static long c11_wait(void)
{
	mtx_lock(&c11_mutex);
	while (!c11_flag)
		cnd_wait(&c11_cond, &c11_mutex);
	c11_flag = 0;
	return mtx_unlock(&c11_mutex) == thrd_success;
}

static void c11_wake(void)
{
	mtx_lock(&c11_mutex);
	c11_flag = 1;
	cnd_signal(&c11_cond);
	mtx_unlock(&c11_mutex);
}

static struct s_kind kinds[] = {
#define KIND(name)                                                \
	{                                                         \
#name, name##_wait, name##_wake, NULL, NULL, 0, 0 \
	}
	{ "mutex", mutex_wait, mutex_wake, mutex_ready, NULL, 0, 0 },
	{ "timed", timed_wait, timed_wake, timed_ready, NULL, 0, 0 },
	KIND(cond),
	KIND(cond_long),
	{ "sem", sem_wait_, sem_wake, NULL, NULL, 0, 0 },
	KIND(sem_long),
	{ "read_lock", read_lock_wait, read_lock_wake, read_lock_ready, NULL, 0,
	  0 },
	{ "write_lock", write_lock_wait, write_lock_wake, write_lock_ready,
	  NULL, 0, 0 },
	KIND(barrier),
	{ "once", once_wait, once_wake, once_ready, NULL, 0, 0 },
	KIND(c11),
	{ "cond_over", cond_over_wait, NULL, NULL, NULL, 0, 0 },
};

/* Old and new waiters: which of them are woken first does not matter. */

enum {
	OLD = 3,
	NEW = 3,
	ALL = OLD + NEW
};

static pthread_barrier_t all_of_them;
static pthread_cond_t some = PTHREAD_COND_INITIALIZER;
static pthread_cond_t every = PTHREAD_COND_INITIALIZER;
static sem_t shared, met;
static int tickets, doors, up;
static int held[2]; /* under each of two locks */
static int stream[2];

/* Each waits for all of these in turn, beginning with another. */
static void wait_for(int what)
{
	char b;

	switch (what) {
	case 0:
		pthread_mutex_lock(&mutex);
		held[0]++;
		pthread_mutex_unlock(&mutex);
		break;
	case 1:
		pthread_mutex_lock(&cond_mutex);
		while (!tickets)
			pthread_cond_wait(&some, &cond_mutex);
		tickets--;
		pthread_mutex_unlock(&cond_mutex);
		break;
	case 2:
		pthread_mutex_lock(&cond_mutex);
		while (!doors)
			pthread_cond_wait(&every, &cond_mutex);
		pthread_mutex_unlock(&cond_mutex);
		break;
	case 3:
		sem_wait(&shared);
		break;
	case 4:
		pthread_rwlock_rdlock(&held_to_write);
		pthread_rwlock_unlock(&held_to_write);
		break;
	case 5:
		pthread_rwlock_wrlock(&held_to_read);
		held[1]++;
		pthread_rwlock_unlock(&held_to_read);
		break;
	case 6:
		pthread_barrier_wait(&all_of_them);
		break;
	default:
		t_take(stream[0], &b, 1);
	}
}

enum {
	THINGS = 8
};

static void *waits(void *arg)
{
	t_inc(&up);
	wait_for((int)(long)arg);
	sem_post(&met);
	return NULL;
}

static pthread_t mixed[THINGS][ALL];

static void begin_some(int from, int to)
{
	for (int i = from; i < to; i++)
		for (long k = 0; k < THINGS; k++)
			mixed[k][i] = t_go(waits, (void *)k);
	t_await(t_get(&up) == to * THINGS);
	t_settle();
}

static void wake_all(void)
{
	pthread_mutex_unlock(&mutex);
	for (int i = 0; i < ALL; i++) {
		pthread_mutex_lock(&cond_mutex);
		tickets++;
		pthread_cond_signal(&some);
		pthread_mutex_unlock(&cond_mutex);
		sem_post(&shared);
		t_put(stream[1], "x", 1);
	}
	pthread_mutex_lock(&cond_mutex);
	doors = 1;
	pthread_cond_broadcast(&every);
	pthread_mutex_unlock(&cond_mutex);
	pthread_rwlock_unlock(&held_to_write);
	pthread_rwlock_unlock(&held_to_read);
}

static void end_mixed(void)
{
	wake_all();
	for (int i = 0; i < THINGS * ALL; i++)
		DO(sem_wait(&met));
	for (int k = 0; k < THINGS; k++)
		for (int i = 0; i < ALL; i++)
			t_join(mixed[k][i]);
	printf("held by %d and %d\n", held[0], held[1]);
}

static void set_up(void)
{
	DO(sem_init(&sem, 0, 0));
	DO(sem_init(&sem_long, 0, 0));
	DO(sem_init(&shared, 0, 0));
	DO(sem_init(&met, 0, 0));
	PDO(pthread_barrier_init(&barrier, NULL, 2));
	PDO(pthread_barrier_init(&all_of_them, NULL, ALL));
	t_pair(SOCK_STREAM, stream);
	mtx_init(&c11_mutex, mtx_plain);
	cnd_init(&c11_cond);
	s_watch();
}

static void old_and_new(void)
{
	pthread_mutex_lock(&mutex);
	pthread_rwlock_wrlock(&held_to_write);
	pthread_rwlock_rdlock(&held_to_read);
	begin_some(0, OLD);
	s_for_all(S_PROGRAM(natively));
	begin_some(OLD, ALL);
	end_mixed();
}

static void kinds_of_locks(void)
{
	S_WAITS(kinds, natively);
}

int main(void)
{
	set_up();
	s_child(kinds_of_locks);
	printf("old and new\n");
	s_child(old_and_new);
	return t_end();
}
