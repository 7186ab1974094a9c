/* A semaphore as a gate for three at a time. */
#include "t.h"

#define THREADS 10
static sem_t gate;
static int inside, most;

static void *worker(void *arg)
{
	(void)arg;
	for (int i = 0; i < 30; i++) {
		int now;

		DO(sem_wait(&gate));
		now = t_inc(&inside);
		if (now > 3)
			t_inc(&most);
		usleep(100);
		__atomic_sub_fetch(&inside, 1, __ATOMIC_SEQ_CST);
		DO(sem_post(&gate));
	}
	return NULL;
}

int main(void)
{
	pthread_t th[THREADS];
	int v;

	DO(sem_init(&gate, 0, 3));
	for (int i = 0; i < THREADS; i++)
		th[i] = t_go(worker, NULL);
	for (int i = 0; i < THREADS; i++)
		t_join(th[i]);
	DO(sem_getvalue(&gate, &v));
	printf("too many %d times, value %d\n", most, v);
	return t_end();
}
