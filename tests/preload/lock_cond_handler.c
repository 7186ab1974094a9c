/* A condition's wait is not cut short by a signal whose handler runs in it:
 * programs use pthread_cond_timedwait() as a sleep that can be ended. */
#include "t.h"

static int hits;
static pthread_t waiter;

static void on(int sig)
{
	(void)sig;
	t_inc(&hits);
}

static void *poker(void *arg)
{
	(void)arg;
	for (int i = 1; i <= 5; i++) {
		PDO(pthread_kill(waiter, SIGUSR1));
		t_await(t_get(&hits) >= i);
		t_settle();
	}
	return NULL;
}

static void body(int flags)
{
	pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
	pthread_cond_t c = PTHREAD_COND_INITIALIZER;
	struct timespec ts = t_in(CLOCK_REALTIME, 300);
	pthread_t th;

	t_set(&hits, 0);
	waiter = pthread_self();
	t_handle(SIGUSR1, on, flags);
	PDO(pthread_mutex_lock(&m));
	th = t_go(poker, NULL);
	PSHOW(pthread_cond_timedwait(&c, &m, &ts));
	PSHOW(pthread_mutex_unlock(&m));
	/* on a busy machine not all five came within the time */
	t_join(th);
	CHECK(t_get(&hits) == 5);
	PSHOW(pthread_cond_destroy(&c));
}

static void both(void)
{
	body(0);
	body(SA_RESTART);
}

int main(void)
{
	t_both(both);
	return t_end();
}
