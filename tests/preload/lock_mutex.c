/* Mutex types: what lock, trylock and unlock answer in each state. */
#include "t.h"

static pthread_mutex_t m;

static void *stranger(void *arg)
{
	(void)arg;
	PSHOW(pthread_mutex_trylock(&m));
	PSHOW(pthread_mutex_unlock(&m));
	return NULL;
}

static void body(void)
{
	static const int type[] = { PTHREAD_MUTEX_RECURSIVE,
				    PTHREAD_MUTEX_ERRORCHECK };
	pthread_mutexattr_t at;
	pthread_mutex_t n = PTHREAD_MUTEX_INITIALIZER;

	for (int i = 0; i < 2; i++) {
		printf("%s\n", i ? "errorcheck" : "recursive");
		PDO(pthread_mutexattr_init(&at));
		PDO(pthread_mutexattr_settype(&at, type[i]));
		PDO(pthread_mutex_init(&m, &at));
		PDO(pthread_mutexattr_destroy(&at));
		PSHOW(pthread_mutex_unlock(&m));
		PSHOW(pthread_mutex_lock(&m));
		PSHOW(pthread_mutex_trylock(&m));
		PSHOW(pthread_mutex_lock(&m));
		t_join(t_go(stranger, NULL));
		PSHOW(pthread_mutex_unlock(&m));
		PSHOW(pthread_mutex_unlock(&m));
		PSHOW(pthread_mutex_unlock(&m));
		PSHOW(pthread_mutex_unlock(&m));
		PSHOW(pthread_mutex_destroy(&m));
	}
	printf("normal\n");
	PSHOW(pthread_mutex_lock(&n));
	PSHOW(pthread_mutex_trylock(&n));
	PSHOW(pthread_mutex_unlock(&n));
	PSHOW(pthread_mutex_destroy(&n));
}

int main(void)
{
	t_both(body);
	return t_end();
}
