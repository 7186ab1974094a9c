/* Barriers: all wait for all, one is the serial thread in each round. */
#include "t.h"

#define THREADS 5
#define ROUNDS 200
static pthread_barrier_t bar;
static int serial, arrived[ROUNDS], early;

static void *worker(void *arg)
{
	(void)arg;
	for (int i = 0; i < ROUNDS; i++) {
		int r;

		t_inc(&arrived[i]);
		r = pthread_barrier_wait(&bar);
		if (r == PTHREAD_BARRIER_SERIAL_THREAD)
			t_inc(&serial);
		else if (r)
			t_die("barrier");
		if (t_get(&arrived[i]) != THREADS)
			t_inc(&early);
	}
	return NULL;
}

int main(void)
{
	pthread_t th[THREADS];

	PSHOW(pthread_barrier_init(&bar, NULL, 0));
	PSHOW(pthread_barrier_init(&bar, NULL, THREADS));
	for (int i = 0; i < THREADS; i++)
		th[i] = t_go(worker, NULL);
	for (int i = 0; i < THREADS; i++)
		t_join(th[i]);
	printf("%d serial, %d early\n", serial, early);
	PSHOW(pthread_barrier_destroy(&bar));
	PSHOW(pthread_barrier_init(&bar, NULL, 1));
	PSHOW(pthread_barrier_wait(&bar) == PTHREAD_BARRIER_SERIAL_THREAD);
	return t_end();
}
