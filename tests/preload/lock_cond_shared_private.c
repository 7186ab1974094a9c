/* A condition that could be shared between processes, with a mutex that is
 * not: who waits for the mutex gets it when the condition's waiter lets go. */
#include "t.h"

static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t c;
static int waiting, flag;

static void *contender(void *arg)
{
	(void)arg;
	t_set(&waiting, 1);
	PDO(pthread_mutex_lock(&m));
	flag = 1;
	PDO(pthread_cond_signal(&c));
	PDO(pthread_mutex_unlock(&m));
	return NULL;
}

static void body(void)
{
	pthread_t th;

	flag = 0;
	t_set(&waiting, 0);
	PDO(pthread_mutex_lock(&m));
	th = t_go(contender, NULL);
	t_await(t_get(&waiting));
	t_msleep(20);
	while (!flag)
		PDO(pthread_cond_wait(&c, &m));
	PSHOW(pthread_mutex_unlock(&m));
	t_join(th);
}

int main(void)
{
	pthread_condattr_t a;

	PDO(pthread_condattr_init(&a));
	PDO(pthread_condattr_setpshared(&a, PTHREAD_PROCESS_SHARED));
	PDO(pthread_cond_init(&c, &a));
	t_both(body);
	return t_end();
}
