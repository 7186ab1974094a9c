/* Mutexes and read-write locks: what is checked before anything is waited
 * for. */
#include "t.h"

static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t e = PTHREAD_ERRORCHECK_MUTEX_INITIALIZER_NP;
static pthread_mutex_t r = PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP;
static pthread_mutex_t a = PTHREAD_ADAPTIVE_MUTEX_INITIALIZER_NP;
static pthread_rwlock_t l = PTHREAD_RWLOCK_INITIALIZER;
static pthread_cond_t c = PTHREAD_COND_INITIALIZER;

static const struct timespec bad = { 1, -1 }, past = { 1, 0 }, minus = { -5, 0 };

static void *holder(void *arg)
{
	PDO(pthread_mutex_lock(&m));
	PDO(pthread_mutex_lock(&e));
	PDO(pthread_mutex_lock(&r));
	PDO(pthread_mutex_lock(&a));
	PDO(pthread_rwlock_wrlock(&l));
	t_set((int *)arg, 1);
	t_await(t_get((int *)arg) == 2);
	PDO(pthread_rwlock_unlock(&l));
	PDO(pthread_mutex_unlock(&a));
	PDO(pthread_mutex_unlock(&r));
	PDO(pthread_mutex_unlock(&e));
	PDO(pthread_mutex_unlock(&m));
	return NULL;
}

static void each(pthread_mutex_t *x)
{
	PSHOW(pthread_mutex_timedlock(x, &bad));
	PSHOW(pthread_mutex_timedlock(x, &past));
	PSHOW(pthread_mutex_timedlock(x, &minus));
	PSHOW(pthread_mutex_clocklock(x, CLOCK_MONOTONIC, &past));
	PSHOW(pthread_mutex_clocklock(x, CLOCK_BOOTTIME, &past));
	PSHOW(pthread_mutex_trylock(x));
}

static void body(void)
{
	int state = 0;
	pthread_t th = t_go(holder, &state);

	t_await(t_get(&state));
	each(&m);
	each(&e);
	each(&r);
	each(&a);
	PSHOW(pthread_mutex_unlock(&e));
	PSHOW(pthread_mutex_unlock(&r));
	PSHOW(pthread_cond_wait(&c, &e));
	PSHOW(pthread_cond_wait(&c, &r));
	PSHOW(pthread_cond_timedwait(&c, &e, &bad));
	PSHOW(pthread_cond_clockwait(&c, &e, CLOCK_BOOTTIME, &past));
	PSHOW(pthread_rwlock_timedrdlock(&l, &bad));
	PSHOW(pthread_rwlock_timedwrlock(&l, &bad));
	PSHOW(pthread_rwlock_timedrdlock(&l, &past));
	PSHOW(pthread_rwlock_timedwrlock(&l, &minus));
	PSHOW(pthread_rwlock_clockrdlock(&l, CLOCK_BOOTTIME, &past));
	t_set(&state, 2);
	t_join(th);
	each(&m);
	each(&m);
	PSHOW(pthread_mutex_unlock(&m));
	each(&e);
	PSHOW(pthread_mutex_lock(&e));
	PSHOW(pthread_mutex_unlock(&e));
	PSHOW(pthread_mutex_lock(&r));
	PSHOW(pthread_cond_timedwait(&c, &r, &past));
	PSHOW(pthread_mutex_lock(&r));
	PSHOW(pthread_cond_timedwait(&c, &r, &minus));
	PSHOW(pthread_mutex_unlock(&r));
	PSHOW(pthread_mutex_unlock(&r));
	PSHOW(pthread_mutex_unlock(&r));
	PSHOW(pthread_rwlock_timedrdlock(&l, &bad));
	PSHOW(pthread_rwlock_timedrdlock(&l, &past));
	PSHOW(pthread_rwlock_timedwrlock(&l, &past));
	PSHOW(pthread_rwlock_unlock(&l));
}

int main(void)
{
	t_both(body);
	return t_end();
}
