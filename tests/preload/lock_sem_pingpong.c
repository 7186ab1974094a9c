/* Two threads wake each other through semaphores thousands of times. */
#include "t.h"

#define ROUNDS 5000
static sem_t a, b;
static int n;

static void *other(void *arg)
{
	(void)arg;
	for (int i = 0; i < ROUNDS; i++) {
		DO(sem_wait(&a));
		n++;
		DO(sem_post(&b));
	}
	return NULL;
}

int main(void)
{
	pthread_t th;

	DO(sem_init(&a, 0, 0));
	DO(sem_init(&b, 0, 0));
	th = t_go(other, NULL);
	for (int i = 0; i < ROUNDS; i++) {
		DO(sem_post(&a));
		DO(sem_wait(&b));
		n++;
	}
	t_join(th);
	printf("%d\n", n);
	return t_end();
}
