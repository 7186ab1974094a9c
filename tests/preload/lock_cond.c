/* Condition variables: one signal lets one go, a broadcast lets all go. */
#include "t.h"

#define THREADS 6
static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t c = PTHREAD_COND_INITIALIZER;
static int waiting, permits, passed;

static void *worker(void *arg)
{
	(void)arg;
	PDO(pthread_mutex_lock(&m));
	waiting++;
	while (!permits)
		PDO(pthread_cond_wait(&c, &m));
	permits--;
	passed++;
	PDO(pthread_mutex_unlock(&m));
	return NULL;
}

static int locked(int *p)
{
	int v;

	PDO(pthread_mutex_lock(&m));
	v = *p;
	PDO(pthread_mutex_unlock(&m));
	return v;
}

int main(void)
{
	pthread_t th[THREADS];

	for (int i = 0; i < THREADS; i++)
		th[i] = t_go(worker, NULL);
	t_await(locked(&waiting) == THREADS);
	for (int i = 1; i <= 2; i++) {
		PDO(pthread_mutex_lock(&m));
		permits++;
		PSHOW(pthread_cond_signal(&c));
		PDO(pthread_mutex_unlock(&m));
		t_await(locked(&passed) == i);
	}
	printf("%d passed\n", locked(&passed));
	PDO(pthread_mutex_lock(&m));
	permits = THREADS - 2;
	PDO(pthread_mutex_unlock(&m));
	PSHOW(pthread_cond_broadcast(&c));
	for (int i = 0; i < THREADS; i++)
		t_join(th[i]);
	printf("%d passed\n", passed);
	PSHOW(pthread_cond_signal(&c));
	PSHOW(pthread_cond_broadcast(&c));
	PSHOW(pthread_cond_destroy(&c));
	return t_end();
}
