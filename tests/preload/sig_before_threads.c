/*
 * Signals that come while the only thread there is waits for a condition, a
 * semaphore and a mutex: nothing of the shim's has started, and its handlers
 * run all the same.
 */
#include "t.h"

static sem_t sem;
static int hits;

static void on(int sig)
{
	(void)sig;
	t_inc(&hits);
}

static void on_post(int sig)
{
	(void)sig;
	t_inc(&hits);
	sem_post(&sem);
}

static void every_ms(int ms)
{
	struct itimerval it = { { 0, ms * 1000 }, { 0, ms * 1000 } };

	DO(setitimer(ITIMER_REAL, &it, NULL));
}

int main(void)
{
	pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
	pthread_cond_t c = PTHREAD_COND_INITIALIZER;
	struct timespec ts;

	DO(sem_init(&sem, 0, 0));
	t_handle(SIGALRM, on, SA_RESTART);
	every_ms(1);
	PDO(pthread_mutex_lock(&m));
	ts = t_in(CLOCK_REALTIME, 100);
	PSHOW(pthread_cond_timedwait(&c, &m, &ts));
	PDO(pthread_mutex_unlock(&m));
	CHECK(t_get(&hits) > 0);
	t_handle(SIGALRM, on_post, SA_RESTART);
	for (int i = 0; i < 50; i++)
		DO(sem_wait(&sem));
	every_ms(0);
	CHECK(t_get(&hits) >= 50);
	return t_end();
}
