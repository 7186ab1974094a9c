/* Cancelling pthread_cond_wait (the mutex is held in the handler), sem_wait,
 * sleeps and join. */
#include "t.h"

static pthread_mutex_t m = PTHREAD_ERRORCHECK_MUTEX_INITIALIZER_NP;
static pthread_cond_t c = PTHREAD_COND_INITIALIZER;
static sem_t s;
static pthread_t forever;
static const char *const names[] = { "cond_wait", "cond_timedwait",
				     "sem_wait", "sleep", "nanosleep",
				     "usleep", "clock_nanosleep", "join" };

static void unlock(void *arg)
{
	(void)arg;
	printf("unlock: %s ", strerrorname_np(pthread_mutex_unlock(&m)));
}

static void *worker(void *arg)
{
	struct timespec ts = t_in(CLOCK_REALTIME, 25000);
	struct timespec rel = { 25, 0 };
	int how = (int)(intptr_t)arg;

	if (how < 2) {
		PDO(pthread_mutex_lock(&m));
		pthread_cleanup_push(unlock, NULL);
		for (;;)
			if (how)
				pthread_cond_timedwait(&c, &m, &ts);
			else
				pthread_cond_wait(&c, &m);
		pthread_cleanup_pop(0);
	}
	switch (how) {
	case 2:
		sem_wait(&s);
		break;
	case 3:
		sleep(25);
		break;
	case 4:
		nanosleep(&rel, NULL);
		break;
	case 5:
		usleep(25000000);
		break;
	case 6:
		clock_nanosleep(CLOCK_REALTIME, TIMER_ABSTIME, &ts, NULL);
		break;
	default:
		pthread_join(forever, NULL);
	}
	return NULL;
}

static void *last(void *arg)
{
	DO(sem_wait((sem_t *)arg));
	return (void *)5;
}

int main(void)
{
	sem_t end;

	DO(sem_init(&s, 0, 0));
	DO(sem_init(&end, 0, 0));
	forever = t_go(last, &end);
	for (int i = 0; i < 8; i++) {
		pthread_t th = t_go(worker, (void *)(intptr_t)i);
		void *ret;

		t_settle();
		PDO(pthread_cancel(th));
		ret = t_join(th);
		printf("%s: %s\n", names[i],
		       ret == PTHREAD_CANCELED ? "canceled" : "returned");
	}
	PSHOW(pthread_mutex_lock(&m));
	PSHOW(pthread_mutex_unlock(&m));
	DO(sem_post(&end));
	printf("%ld\n", (long)t_join(forever));
	return t_end();
}
