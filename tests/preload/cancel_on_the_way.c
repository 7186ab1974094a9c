/* Cancellation that meets a thread on its way into a wait of libc's own, for a
 * lock with priority inheritance, is not lost. */
#include "t.h"

#define ROUNDS 60
#define WAITERS 4

static pthread_mutex_t m;
static pthread_cond_t c = PTHREAD_COND_INITIALIZER;

static void unlock(void *arg)
{
	(void)arg;
	PDO(pthread_mutex_unlock(&m));
}

static void *waiter(void *arg)
{
	(void)arg;
	for (;;) {
		PDO(pthread_mutex_lock(&m));
		pthread_cleanup_push(unlock, NULL);
		pthread_cond_wait(&c, &m);
		pthread_cleanup_pop(1);
	}
	return NULL;
}

static void *signaller(void *arg)
{
	(void)arg;
	for (;;) {
		PDO(pthread_mutex_lock(&m));
		pthread_cond_signal(&c);
		PDO(pthread_mutex_unlock(&m));
		pthread_testcancel();
	}
	return NULL;
}

int main(void)
{
	pthread_mutexattr_t a;
	int cancelled = 0;

	PDO(pthread_mutexattr_init(&a));
	PDO(pthread_mutexattr_setprotocol(&a, PTHREAD_PRIO_INHERIT));
	PDO(pthread_mutex_init(&m, &a));
	for (int i = 0; i < ROUNDS; i++) {
		pthread_t th[WAITERS + 1];

		for (int j = 0; j < WAITERS; j++)
			th[j] = t_go(waiter, NULL);
		th[WAITERS] = t_go(signaller, NULL);
		for (int j = 0; j <= WAITERS; j++) {
			PDO(pthread_cancel(th[j]));
			cancelled += t_join(th[j]) == PTHREAD_CANCELED;
		}
	}
	CHECK(cancelled == ROUNDS * (WAITERS + 1));
	return t_end();
}
