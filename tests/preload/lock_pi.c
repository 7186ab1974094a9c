/* Priority-inheritance mutexes: counts, errors, timeouts. */
#include "t.h"

static pthread_mutex_t m;
static long count;

static void *worker(void *arg)
{
	(void)arg;
	for (int i = 0; i < 300; i++) {
		PDO(pthread_mutex_lock(&m));
		if (i % 100 == 0)
			usleep(1000);
		count++;
		PDO(pthread_mutex_unlock(&m));
	}
	return NULL;
}

static void *timed(void *arg)
{
	struct timespec ts = t_in(CLOCK_REALTIME, 40);

	(void)arg;
	PSHOW(pthread_mutex_timedlock(&m, &ts));
	PSHOW(pthread_mutex_trylock(&m));
	PSHOW(pthread_mutex_unlock(&m));
	return NULL;
}

int main(void)
{
	pthread_mutexattr_t at;
	pthread_t th[5];

	PDO(pthread_mutexattr_init(&at));
	PSHOW(pthread_mutexattr_setprotocol(&at, PTHREAD_PRIO_INHERIT));
	PDO(pthread_mutexattr_settype(&at, PTHREAD_MUTEX_ERRORCHECK));
	PSHOW(pthread_mutex_init(&m, &at));
	for (int i = 0; i < 5; i++)
		th[i] = t_go(worker, NULL);
	for (int i = 0; i < 5; i++)
		t_join(th[i]);
	printf("%ld\n", count);
	PSHOW(pthread_mutex_lock(&m));
	PSHOW(pthread_mutex_lock(&m));
	t_join(t_go(timed, NULL));
	PSHOW(pthread_mutex_unlock(&m));
	PSHOW(pthread_mutex_unlock(&m));
	PSHOW(pthread_mutex_destroy(&m));
	return t_end();
}
