/* Many threads count under each type of mutex; no count is lost. */
#include "t.h"

#define THREADS 8
#define ROUNDS 5000
static pthread_mutex_t plain = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t rec = PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP;
static pthread_mutex_t err = PTHREAD_ERRORCHECK_MUTEX_INITIALIZER_NP;
static pthread_mutex_t adapt = PTHREAD_ADAPTIVE_MUTEX_INITIALIZER_NP;
static pthread_mutex_t *m;
static long count;

static void *worker(void *arg)
{
	(void)arg;
	for (int i = 0; i < ROUNDS; i++) {
		PDO(pthread_mutex_lock(m));
		if (i % 1000 == 0)
			sched_yield();
		count++;
		PDO(pthread_mutex_unlock(m));
	}
	return NULL;
}

int main(void)
{
	pthread_mutex_t *all[] = { &plain, &rec, &err, &adapt };

	for (int k = 0; k < 4; k++) {
		pthread_t th[THREADS];

		m = all[k];
		count = 0;
		for (int i = 0; i < THREADS; i++)
			th[i] = t_go(worker, NULL);
		for (int i = 0; i < THREADS; i++)
			t_join(th[i]);
		printf("%ld\n", count);
		PSHOW(pthread_mutex_destroy(m));
	}
	return t_end();
}
