/* Hundreds of keys, deleted and made anew: no value outlives its thread or
 * its key. */
#include "t.h"

#define KEYS 200
static pthread_key_t key[KEYS];
static int ran;

static void on_end(void *v)
{
	__atomic_add_fetch(&ran, (int)(intptr_t)v, __ATOMIC_SEQ_CST);
}

static void *worker(void *arg)
{
	long stale = 0;

	(void)arg;
	for (int i = 0; i < KEYS; i++) {
		stale += pthread_getspecific(key[i]) != NULL;
		PDO(pthread_setspecific(key[i], (void *)(intptr_t)1));
	}
	t_settle();
	for (int i = 0; i < KEYS; i++)
		stale += pthread_getspecific(key[i]) != (void *)1;
	return (void *)stale;
}

int main(void)
{
	long stale = 0;

	for (int round = 0; round < 10; round++) {
		pthread_t th[4];

		for (int i = 0; i < KEYS; i++)
			PDO(pthread_key_create(&key[i], on_end));
		for (int i = 0; i < 4; i++)
			th[i] = t_go(worker, NULL);
		for (int i = 0; i < 4; i++)
			stale += (long)t_join(th[i]);
		for (int i = 0; i < KEYS; i++)
			PDO(pthread_key_delete(key[i]));
	}
	printf("%ld stale, %d destroyed\n", stale, ran);
	return t_end();
}
