/* What a semaphore's timed waits answer, and in which order they check. */
#include "t.h"

static int hits, ended;
static pthread_t waiter;

static void on(int sig)
{
	(void)sig;
	t_inc(&hits);
}

static void *poker(void *arg)
{
	(void)arg;
	/* until one has come while it waited */
	while (!t_get(&ended)) {
		t_settle();
		PDO(pthread_kill(waiter, SIGUSR1));
	}
	return NULL;
}

static void body(void)
{
	struct timespec bad = { 1, 1000000000 }, past = { 1, 0 };
	struct timespec ts;
	pthread_t th;
	sem_t s;

	DO(sem_init(&s, 0, 1));
	SHOW(sem_timedwait(&s, &bad));
	SHOW(sem_clockwait(&s, CLOCK_MONOTONIC, &bad));
	SHOW(sem_clockwait(&s, CLOCK_BOOTTIME, &past));
	SHOW(sem_timedwait(&s, &past));
	SHOW(sem_timedwait(&s, &bad));
	SHOW(sem_timedwait(&s, &past));
	SHOW(sem_clockwait(&s, CLOCK_MONOTONIC, &past));
	errno = 5;
	DO(sem_post(&s));
	SHOW(sem_wait(&s));
	/* a limit, and a handler with SA_RESTART */
	waiter = pthread_self();
	t_handle(SIGUSR1, on, SA_RESTART);
	ts = t_in(CLOCK_REALTIME, 25000);
	t_set(&ended, 0);
	th = t_go(poker, NULL);
	SHOW(sem_timedwait(&s, &ts));
	t_set(&ended, 1);
	t_join(th);
	SHOW(sem_destroy(&s));
}

int main(void)
{
	t_both(body);
	return t_end();
}
