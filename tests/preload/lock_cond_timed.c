/* pthread_cond_timedwait() on both clocks: ETIMEDOUT with the mutex held. */
#include "t.h"

static pthread_mutex_t m;
static pthread_cond_t c;
static int flag;

static void wake(int unused)
{
	(void)unused;
	PDO(pthread_mutex_lock(&m));
	flag = 1;
	PDO(pthread_cond_signal(&c));
	PDO(pthread_mutex_unlock(&m));
}

static void body(void)
{
	static const clockid_t clocks[] = { CLOCK_REALTIME, CLOCK_MONOTONIC };
	pthread_mutexattr_t mat;

	PDO(pthread_mutexattr_init(&mat));
	PDO(pthread_mutexattr_settype(&mat, PTHREAD_MUTEX_ERRORCHECK));
	for (int i = 0; i < 2; i++) {
		pthread_condattr_t at;
		struct timespec ts;
		pthread_t th;
		double t = t_now();
		int r;

		PDO(pthread_condattr_init(&at));
		PSHOW(pthread_condattr_setclock(&at, clocks[i]));
		PDO(pthread_cond_init(&c, &at));
		PDO(pthread_mutex_init(&m, &mat));
		PDO(pthread_mutex_lock(&m));
		ts = t_in(clocks[i], 50);
		while ((r = pthread_cond_timedwait(&c, &m, &ts)) == 0)
			;
		PSHOW(r);
		CHECK(t_now() - t >= 0.049);
		/* Held again: an errorcheck mutex knows. */
		PSHOW(pthread_mutex_lock(&m));
		ts = t_in(clocks[i], -1000);
		PSHOW(pthread_cond_timedwait(&c, &m, &ts));
		ts.tv_nsec = 1000000000;
		PSHOW(pthread_cond_timedwait(&c, &m, &ts));
		flag = 0;
		ts = t_in(clocks[i], 15000);
		th = t_after(wake, 0);
		while (!flag && (r = pthread_cond_timedwait(&c, &m, &ts)) == 0)
			;
		PSHOW(r);
		PSHOW(pthread_mutex_unlock(&m));
		PSHOW(pthread_mutex_unlock(&m));
		t_join(th);
		ts = t_in(CLOCK_MONOTONIC, 20);
		PDO(pthread_mutex_lock(&m));
		while ((r = pthread_cond_clockwait(&c, &m, CLOCK_MONOTONIC,
						   &ts)) == 0)
			;
		PSHOW(r);
		PSHOW(pthread_cond_clockwait(&c, &m, 99, &ts));
		PDO(pthread_mutex_unlock(&m));
		PSHOW(pthread_cond_destroy(&c));
	}
}

int main(void)
{
	t_both(body);
	return t_end();
}
