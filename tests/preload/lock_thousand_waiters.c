/* Hundreds of threads wait for one lock, one condition, one semaphore. */
#include "t.h"

#define COUNT 300
static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t c = PTHREAD_COND_INITIALIZER;
static sem_t s;
static int arrived, go, after_cond, after_sem;

static void *worker(void *arg)
{
	(void)arg;
	PDO(pthread_mutex_lock(&m));
	arrived++;
	while (!go)
		PDO(pthread_cond_wait(&c, &m));
	after_cond++;
	PDO(pthread_mutex_unlock(&m));
	DO(sem_wait(&s));
	t_inc(&after_sem);
	return NULL;
}

static int here(void)
{
	int n;

	PDO(pthread_mutex_lock(&m));
	n = arrived;
	PDO(pthread_mutex_unlock(&m));
	return n;
}

int main(void)
{
	static pthread_t th[COUNT];
	pthread_attr_t at;

	PDO(pthread_attr_init(&at));
	PDO(pthread_attr_setstacksize(&at, 64 << 10));
	DO(sem_init(&s, 0, 0));
	for (int i = 0; i < COUNT; i++)
		PDO(pthread_create(&th[i], &at, worker, NULL));
	t_await(here() == COUNT);
	PDO(pthread_mutex_lock(&m));
	go = 1;
	PDO(pthread_cond_broadcast(&c));
	PDO(pthread_mutex_unlock(&m));
	for (int i = 0; i < COUNT; i++)
		DO(sem_post(&s));
	for (int i = 0; i < COUNT; i++)
		t_join(th[i]);
	printf("%d %d\n", after_cond, after_sem);
	return t_end();
}
