/* Threads of different realtime priorities on one CPU: one that is woken runs at
   once, before the one that wakes it has done with that. */
#include "t.h"

#include <sched.h>

static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t c = PTHREAD_COND_INITIALIZER;
static int waiting, ran;

static void *worker(void *arg)
{
	struct sched_param prio = { .sched_priority = (int)(intptr_t)arg };

	/* where that is not allowed there are no priorities, and all goes well */
	(void)pthread_setschedparam(pthread_self(), SCHED_FIFO, &prio);
	PDO(pthread_mutex_lock(&m));
	waiting++;
	PDO(pthread_cond_wait(&c, &m));
	ran++;
	PDO(pthread_mutex_unlock(&m));
	return NULL;
}

static void body(void)
{
	struct sched_param prio = { .sched_priority = 1 }, none = { 0 };
	int all = 0;
	pthread_t th[3];

	waiting = ran = 0;
	(void)pthread_setschedparam(pthread_self(), SCHED_FIFO, &prio);
	for (int i = 0; i < 3; i++)
		th[i] = t_go(worker, (void *)(intptr_t)(5 + i));
	while (!all) {
		PDO(pthread_mutex_lock(&m));
		all = waiting == 3;
		PDO(pthread_mutex_unlock(&m));
		usleep(1000);
	}
	PDO(pthread_mutex_lock(&m));
	PDO(pthread_cond_broadcast(&c));
	PDO(pthread_mutex_unlock(&m));
	for (int i = 0; i < 3; i++)
		t_join(th[i]);
	printf("%d ran\n", ran);
	(void)pthread_setschedparam(pthread_self(), SCHED_OTHER, &none);
}

int main(void)
{
	cpu_set_t one;

	CPU_ZERO(&one);
	CPU_SET((unsigned)sched_getcpu(), &one);
	DO(sched_setaffinity(0, sizeof(one), &one));
	for (int i = 0; i < 5; i++)
		t_both(body);
	return t_end();
}
