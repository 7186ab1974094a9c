/* pthread_mutex_timedlock() and clocklock(): in time, too late, refused. */
#include "t.h"

static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
static int fd[2], held;

static void *holder(void *arg)
{
	char b;

	(void)arg;
	PDO(pthread_mutex_lock(&m));
	t_set(&held, 1);
	t_take(fd[0], &b, 1);
	PDO(pthread_mutex_unlock(&m));
	return NULL;
}

static void release(int s)
{
	t_put(s, "x", 1);
}

static void body(void)
{
	struct timespec ts;
	pthread_t th, r;

	for (int i = 0; i < 2; i++) {
		clockid_t clock = i ? CLOCK_MONOTONIC : CLOCK_REALTIME;

		t_set(&held, 0);
		th = t_go(holder, NULL);
		t_await(t_get(&held));
		ts = t_in(clock, 40);
		if (i)
			PSHOW(pthread_mutex_clocklock(&m, clock, &ts));
		else
			PSHOW(pthread_mutex_timedlock(&m, &ts));
		ts = t_in(clock, -100);
		PSHOW(pthread_mutex_clocklock(&m, clock, &ts));
		ts.tv_nsec = -1;
		PSHOW(pthread_mutex_clocklock(&m, clock, &ts));
		PSHOW(pthread_mutex_clocklock(&m, 77, &ts));
		r = t_after(release, fd[1]);
		ts = t_in(clock, 15000);
		PSHOW(pthread_mutex_clocklock(&m, clock, &ts));
		PSHOW(pthread_mutex_unlock(&m));
		t_join(r);
		t_join(th);
	}
	/* Free: the time does not matter. */
	ts = (struct timespec){ -5, 0 };
	PSHOW(pthread_mutex_timedlock(&m, &ts));
	PSHOW(pthread_mutex_unlock(&m));
}

int main(void)
{
	DO(pipe(fd));
	t_both(body);
	return t_end();
}
