/* Main, which never did any I/O, and threads that did, want the same locks. */
#include "t.h"

static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t c = PTHREAD_COND_INITIALIZER;
static long count;
static int fd[2], turns;

static void *worker(void *arg)
{
	char b;

	(void)arg;
	for (int i = 0; i < 500; i++) {
		t_put(fd[1], "x", 1);
		t_take(fd[0], &b, 1);
		PDO(pthread_mutex_lock(&m));
		count++;
		turns++;
		PDO(pthread_cond_broadcast(&c));
		PDO(pthread_mutex_unlock(&m));
	}
	return NULL;
}

int main(void)
{
	pthread_t th[4];

	DO(pipe(fd));
	for (int i = 0; i < 4; i++)
		th[i] = t_go(worker, NULL);
	PDO(pthread_mutex_lock(&m));
	while (turns < 1000)
		PDO(pthread_cond_wait(&c, &m));
	PDO(pthread_mutex_unlock(&m));
	for (int i = 0; i < 1000; i++) {
		PDO(pthread_mutex_lock(&m));
		count++;
		PDO(pthread_mutex_unlock(&m));
	}
	for (int i = 0; i < 4; i++)
		t_join(th[i]);
	printf("%ld\n", count);
	return t_end();
}
