/* A thread that ends and has locks: those that come after it have none of them. */
#include "t.h"

#define N 5

static pthread_mutex_t m[N], *left;
static pthread_rwlock_t rw = PTHREAD_RWLOCK_INITIALIZER;

static void *locks(void *arg)
{
	PDO(pthread_mutex_lock(left));
	return arg;
}

static void *writes(void *arg)
{
	PDO(pthread_rwlock_wrlock(&rw));
	return arg;
}

static void *looks(void *arg)
{
	struct timespec ts = t_in(CLOCK_REALTIME, 20);

	PSHOW(pthread_mutex_trylock(left));
	PSHOW(pthread_mutex_timedlock(left, &ts));
	PSHOW(pthread_mutex_clocklock(left, CLOCK_REALTIME, &ts));
	return arg;
}

static void *reads(void *arg)
{
	struct timespec ts = t_in(CLOCK_REALTIME, 20);

	PSHOW(pthread_rwlock_trywrlock(&rw));
	PSHOW(pthread_rwlock_timedrdlock(&rw, &ts));
	PSHOW(pthread_rwlock_timedwrlock(&rw, &ts));
	return arg;
}

int main(void)
{
	static const struct {
		int type, protocol;
	} kind[N] = {
		{ PTHREAD_MUTEX_NORMAL, PTHREAD_PRIO_NONE },
		{ PTHREAD_MUTEX_RECURSIVE, PTHREAD_PRIO_NONE },
		{ PTHREAD_MUTEX_ERRORCHECK, PTHREAD_PRIO_NONE },
		{ PTHREAD_MUTEX_ADAPTIVE_NP, PTHREAD_PRIO_NONE },
		{ PTHREAD_MUTEX_ERRORCHECK, PTHREAD_PRIO_INHERIT },
	};

	t_background();
	for (int i = 0; i < N; i++) {
		pthread_mutexattr_t at;

		printf("mutex %d\n", i);
		PDO(pthread_mutexattr_init(&at));
		PDO(pthread_mutexattr_settype(&at, kind[i].type));
		PDO(pthread_mutexattr_setprotocol(&at, kind[i].protocol));
		left = &m[i];
		PDO(pthread_mutex_init(left, &at));
		t_join(t_go(locks, NULL));
		for (int k = 0; k < 3; k++)
			t_join(t_go(looks, NULL));
	}
	t_join(t_go(writes, NULL));
	t_join(t_go(reads, NULL));
	return t_end();
}
