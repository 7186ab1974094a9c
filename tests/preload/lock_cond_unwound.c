/* A handler that does not return to the wait it has interrupted: pthread_exit(),
   a cancellation in it, a jump.  The mutex is held again after
   pthread_cond_wait(), and the thread can be joined still after pthread_join(). */
#include "t.h"

#include <setjmp.h>

static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t never = PTHREAD_COND_INITIALIZER;
static int waits, in_handler, over, how, unlocked;
static __thread sigjmp_buf env;

enum { EXIT, CANCELLED, JUMP };

static void on(int sig)
{
	(void)sig;
	switch (how) {
	case EXIT:
		pthread_exit((void *)5);
	case CANCELLED:
		t_set(&in_handler, 1);
		sleep(20);
		break;
	case JUMP:
		siglongjmp(env, 1);
	}
}

static void *tries(void *arg)
{
	*(int *)arg = pthread_mutex_trylock(&m);
	if (*(int *)arg == 0)
		pthread_mutex_unlock(&m);
	return NULL;
}

static void clean(void *arg)
{
	(void)arg;
	t_set(&over, 1);
	unlocked = pthread_mutex_unlock(&m);
}

static void *waiter(void *arg)
{
	struct timespec ts = t_in(CLOCK_REALTIME, 20000);

	pthread_mutex_lock(&m);
	usleep(100);
	pthread_cleanup_push(clean, NULL);
	t_set(&waits, 1);
	if (!sigsetjmp(env, 1)) {
		if (arg)
			pthread_cond_timedwait(&never, &m, &ts);
		else
			pthread_cond_wait(&never, &m);
		printf("it returned\n");
	}
	pthread_cleanup_pop(1);
	return NULL;
}

/* It waits, or is about to, when the mutex is free. */
static void until_waits(void)
{
	t_await(t_get(&waits));
	pthread_mutex_lock(&m);
	pthread_mutex_unlock(&m);
	t_settle();
}

/* Returns what unlocking gave. */
static int unwind_once(int by, int timed, int *busy, void **ret)
{
	pthread_mutexattr_t attr;
	pthread_t th;

	PDO(pthread_mutexattr_init(&attr));
	PDO(pthread_mutexattr_settype(&attr, PTHREAD_MUTEX_ERRORCHECK));
	PDO(pthread_mutex_init(&m, &attr));
	how = by;
	t_set(&waits, 0);
	t_set(&in_handler, 0);
	th = t_go(waiter, timed ? &how : NULL);
	until_waits();
	pthread_kill(th, SIGUSR1);
	if (by == CANCELLED) {
		t_await(t_get(&in_handler));
		t_join(t_go(tries, busy));
		pthread_cancel(th);
	}
	*ret = t_join(th);
	return unlocked;
}

/* A signal that comes when glibc has given the mutex up, but does not wait yet,
   leaves the mutex free, and is no test of this: not more than two of those. */
static void unwind(int by, int timed)
{
	int busy = 0, n = 0;
	void *ret;

	while (unwind_once(by, timed, &busy, &ret) == EPERM && ++n < 3)
		;
	printf("in the handler: trylock %s\n", strerrorname_np(busy));
	printf("cleanup: unlock %s\n", strerrorname_np(unlocked));
	printf("result %s\n", ret == PTHREAD_CANCELED ? "cancelled" :
			      ret ? "its own" : "none");
	PSHOW(pthread_mutex_destroy(&m));
}

static void *until_over(void *arg)
{
	while (!t_get(&over))
		usleep(300);
	return arg;
}

static pthread_t target;

static void *joins(void *arg)
{
	if (!sigsetjmp(env, 1)) {
		t_set(&waits, 1);
		pthread_join(target, NULL);
		printf("it returned\n");
	}
	return arg;
}

/* How soon it is in pthread_join() nobody can see: a signal that comes before is
   for the same place. */
static void jump_from_join(void)
{
	pthread_t th;

	how = JUMP;
	t_set(&over, 0);
	target = t_go(until_over, NULL);
	for (int i = 0; i < 3; i++) {
		t_set(&waits, 0);
		th = t_go(joins, NULL);
		t_await(t_get(&waits));
		t_settle();
		pthread_kill(th, SIGUSR1);
		t_join(th);
	}
	t_set(&over, 1);
	PSHOW(pthread_join(target, NULL));
}

static void *cancelled_first(void *arg)
{
	pthread_mutexattr_t attr;
	pthread_mutex_t e;

	PDO(pthread_mutexattr_init(&attr));
	PDO(pthread_mutexattr_settype(&attr, PTHREAD_MUTEX_ERRORCHECK));
	PDO(pthread_mutex_init(&e, &attr));
	pthread_cancel(pthread_self());
	PSHOW(pthread_cond_wait(&never, &e));
	return arg;
}

static void *long_ago(void *arg)
{
	struct timespec bad = { -1, -1 };

	usleep(100);
	PSHOW(pthread_mutex_timedlock(&m, &bad));
	bad.tv_sec = 1;
	PSHOW(pthread_mutex_timedlock(&m, &bad));
	return arg;
}

static void body(void)
{
	for (int by = EXIT; by <= JUMP; by++)
		for (int timed = 0; timed < 2; timed++)
			unwind(by, timed);
	jump_from_join();
	t_join(t_go(cancelled_first, NULL));
	PDO(pthread_mutex_init(&m, NULL));
	pthread_mutex_lock(&m);
	t_join(t_go(long_ago, NULL));
	pthread_mutex_unlock(&m);
}

int main(void)
{
	t_handle(SIGUSR1, on, 0);
	t_both(body);
	return t_end();
}
