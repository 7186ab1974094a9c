/* Spin locks: counts kept, EBUSY from trylock, no hang with one CPU. */
#include "t.h"

static pthread_spinlock_t s;
static long count;

static void *worker(void *arg)
{
	(void)arg;
	for (int i = 0; i < 20000; i++) {
		PDO(pthread_spin_lock(&s));
		count++;
		PDO(pthread_spin_unlock(&s));
	}
	return NULL;
}

static void *trier(void *arg)
{
	(void)arg;
	PSHOW(pthread_spin_trylock(&s));
	return NULL;
}

/* Held by a thread that waits for a moment. */
static void *sleeper(void *arg)
{
	(void)arg;
	PDO(pthread_spin_lock(&s));
	usleep(5000);
	count++;
	PDO(pthread_spin_unlock(&s));
	return NULL;
}

int main(void)
{
	pthread_t th[5];

	PSHOW(pthread_spin_init(&s, PTHREAD_PROCESS_PRIVATE));
	for (int i = 0; i < 4; i++)
		th[i] = t_go(worker, NULL);
	th[4] = t_go(sleeper, NULL);
	for (int i = 0; i < 5; i++)
		t_join(th[i]);
	printf("%ld\n", count);
	PSHOW(pthread_spin_lock(&s));
	t_join(t_go(trier, NULL));
	PSHOW(pthread_spin_unlock(&s));
	PSHOW(pthread_spin_destroy(&s));
	return t_end();
}
