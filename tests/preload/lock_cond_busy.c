/* A mutex that a condition's waiter will take again is in use. */
#include "t.h"

static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t c = PTHREAD_COND_INITIALIZER;
static int in, go_on;

static void *waiter(void *arg)
{
	(void)arg;
	PDO(pthread_mutex_lock(&m));
	in = 1;
	while (!go_on)
		PDO(pthread_cond_wait(&c, &m));
	PDO(pthread_mutex_unlock(&m));
	return NULL;
}

int main(void)
{
	pthread_t th = t_go(waiter, NULL);
	int is_in;

	do {
		PDO(pthread_mutex_lock(&m));
		is_in = in;
		PDO(pthread_mutex_unlock(&m));
	} while (!is_in);
	PSHOW(pthread_mutex_destroy(&m));
	PDO(pthread_mutex_lock(&m));
	go_on = 1;
	PDO(pthread_cond_signal(&c));
	PDO(pthread_mutex_unlock(&m));
	t_join(th);
	PSHOW(pthread_mutex_destroy(&m));
	PSHOW(pthread_cond_destroy(&c));
	return t_end();
}
