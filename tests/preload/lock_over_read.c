/* A mutex held over a read() that waits: others wait for the lock meanwhile. */
#include "t.h"

#define THREADS 6
static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
static int fd[2], inside, overlap;

static void *worker(void *arg)
{
	char b = 0;

	(void)arg;
	for (int i = 0; i < 20; i++) {
		PDO(pthread_mutex_lock(&m));
		overlap += inside++;
		t_take(fd[0], &b, 1);
		inside--;
		PDO(pthread_mutex_unlock(&m));
	}
	return NULL;
}

int main(void)
{
	pthread_t th[THREADS];

	DO(pipe(fd));
	for (int i = 0; i < THREADS; i++)
		th[i] = t_go(worker, NULL);
	for (int i = 0; i < THREADS * 20; i++) {
		if (i % 10 == 0)
			t_settle();
		t_put(fd[1], "x", 1);
	}
	for (int i = 0; i < THREADS; i++)
		t_join(th[i]);
	CHECK(overlap == 0);
	return t_end();
}
