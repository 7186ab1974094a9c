/* A reader may wait for another to come in, with writers about: the usual
 * kind of lock does not keep the second one out for their sake. */
#include "t.h"

#define ROUNDS 300

static pthread_rwlock_t l = PTHREAD_RWLOCK_INITIALIZER;
static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t c = PTHREAD_COND_INITIALIZER;
static int stop, waits, token;

static void *writer(void *arg)
{
	(void)arg;
	while (!t_get(&stop)) {
		PDO(pthread_rwlock_wrlock(&l));
		PDO(pthread_rwlock_unlock(&l));
	}
	return NULL;
}

static void *taker(void *arg)
{
	(void)arg;
	for (int i = 0; i < ROUNDS; i++) {
		PDO(pthread_rwlock_rdlock(&l));
		PDO(pthread_mutex_lock(&m));
		while (!token)
			pthread_cond_wait(&c, &m);
		token = 0;
		waits++;
		PDO(pthread_mutex_unlock(&m));
		PDO(pthread_rwlock_unlock(&l));
	}
	t_set(&stop, 1);
	return NULL;
}

static void *giver(void *arg)
{
	(void)arg;
	while (!t_get(&stop)) {
		PDO(pthread_rwlock_rdlock(&l));
		PDO(pthread_mutex_lock(&m));
		token = 1;
		pthread_cond_signal(&c);
		PDO(pthread_mutex_unlock(&m));
		PDO(pthread_rwlock_unlock(&l));
	}
	return NULL;
}

int main(void)
{
	pthread_t th[4];

	th[0] = t_go(writer, NULL);
	th[1] = t_go(writer, NULL);
	th[2] = t_go(taker, NULL);
	th[3] = t_go(giver, NULL);
	for (int i = 0; i < 4; i++)
		t_join(th[i]);
	printf("%d rounds\n", waits);
	return t_end();
}
