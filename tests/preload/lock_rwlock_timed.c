/* Timed read and write locks on both clocks. */
#include "t.h"

static pthread_rwlock_t l = PTHREAD_RWLOCK_INITIALIZER;
static int fd[2], held;

static void *holder(void *arg)
{
	char b;

	if (arg)
		PDO(pthread_rwlock_wrlock(&l));
	else
		PDO(pthread_rwlock_rdlock(&l));
	t_set(&held, 1);
	t_take(fd[0], &b, 1);
	PDO(pthread_rwlock_unlock(&l));
	return NULL;
}

static void release(int s)
{
	t_put(s, "x", 1);
}

static void body(void)
{
	for (int w = 0; w < 2; w++) {
		struct timespec ts;
		pthread_t th, r;

		t_set(&held, 0);
		th = t_go(holder, w ? fd : NULL);
		t_await(t_get(&held));
		ts = t_in(CLOCK_REALTIME, 30);
		PSHOW(pthread_rwlock_timedwrlock(&l, &ts));
		ts = t_in(CLOCK_REALTIME, 30);
		if (!pthread_rwlock_timedrdlock(&l, &ts)) {
			printf("got a read lock\n");
			PDO(pthread_rwlock_unlock(&l));
		} else {
			printf("no read lock\n");
		}
		ts = t_in(CLOCK_MONOTONIC, 30);
		PSHOW(pthread_rwlock_clockwrlock(&l, CLOCK_MONOTONIC, &ts));
		ts.tv_nsec = -1;
		PSHOW(pthread_rwlock_timedwrlock(&l, &ts));
		r = t_after(release, fd[1]);
		ts = t_in(CLOCK_MONOTONIC, 15000);
		PSHOW(pthread_rwlock_clockwrlock(&l, CLOCK_MONOTONIC, &ts));
		PSHOW(pthread_rwlock_unlock(&l));
		t_join(r);
		t_join(th);
	}
}

int main(void)
{
	DO(pipe(fd));
	t_both(body);
	return t_end();
}
