/* Semaphores: wait, trywait, timed waits, values and limits. */
#include "t.h"

static sem_t s;

static void post(int n)
{
	while (n--)
		DO(sem_post(&s));
}

static void body(void)
{
	struct timespec ts;
	pthread_t th;
	int v;

	SHOW(sem_init(&s, 0, (unsigned)SEM_VALUE_MAX + 1U));
	SHOW(sem_init(&s, 0, 1));
	SHOW(sem_wait(&s));
	SHOW(sem_trywait(&s));
	SHOW(sem_getvalue(&s, &v));
	printf("%d\n", v);
	th = t_after(post, 3);
	SHOW(sem_wait(&s));
	SHOW(sem_wait(&s));
	t_join(th);
	SHOW(sem_getvalue(&s, &v));
	printf("%d\n", v);
	ts = t_in(CLOCK_REALTIME, -1000);
	SHOW(sem_timedwait(&s, &ts));
	SHOW(sem_timedwait(&s, &ts));
	ts = t_in(CLOCK_REALTIME, 40);
	SHOW(sem_timedwait(&s, &ts));
	ts = t_in(CLOCK_MONOTONIC, 40);
	SHOW(sem_clockwait(&s, CLOCK_MONOTONIC, &ts));
	ts.tv_nsec = 1000000000;
	SHOW(sem_timedwait(&s, &ts));
	th = t_after(post, 1);
	ts = t_in(CLOCK_REALTIME, 15000);
	SHOW(sem_timedwait(&s, &ts));
	t_join(th);
	SHOW(sem_destroy(&s));
	DO(sem_init(&s, 0, SEM_VALUE_MAX));
	SHOW(sem_post(&s));
	DO(sem_destroy(&s));
}

int main(void)
{
	t_both(body);
	return t_end();
}
