/* A thread that locks its own mutex again: EDEADLK or a timeout, by type. */
#include "t.h"

static void one(pthread_mutex_t m)
{
	struct timespec ts;

	PSHOW(pthread_mutex_lock(&m));
	ts = t_in(CLOCK_REALTIME, 30);
	PSHOW(pthread_mutex_timedlock(&m, &ts));
	PSHOW(pthread_mutex_trylock(&m));
	PSHOW(pthread_mutex_unlock(&m));
}

static void body(void)
{
	one((pthread_mutex_t)PTHREAD_MUTEX_INITIALIZER);
	one((pthread_mutex_t)PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP);
	one((pthread_mutex_t)PTHREAD_ERRORCHECK_MUTEX_INITIALIZER_NP);
	one((pthread_mutex_t)PTHREAD_ADAPTIVE_MUTEX_INITIALIZER_NP);
}

int main(void)
{
	t_both(body);
	return t_end();
}
