/* Waiting with a recursive mutex, and with an errorcheck one not held. */
#include "t.h"

static pthread_mutex_t m = PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP;
static pthread_mutex_t e = PTHREAD_ERRORCHECK_MUTEX_INITIALIZER_NP;
static pthread_cond_t c = PTHREAD_COND_INITIALIZER;
static int flag;

static void wake(int unused)
{
	(void)unused;
	PDO(pthread_mutex_lock(&m));
	flag = 1;
	PDO(pthread_cond_broadcast(&c));
	PDO(pthread_mutex_unlock(&m));
}

static void body(void)
{
	pthread_t th;

	flag = 0;
	PDO(pthread_mutex_lock(&m));
	th = t_after(wake, 0);
	while (!flag)
		PDO(pthread_cond_wait(&c, &m));
	PSHOW(pthread_mutex_trylock(&m));
	PSHOW(pthread_mutex_unlock(&m));
	PSHOW(pthread_mutex_unlock(&m));
	PSHOW(pthread_mutex_unlock(&m));
	t_join(th);
	PSHOW(pthread_cond_wait(&c, &e));
}

int main(void)
{
	t_both(body);
	return t_end();
}
