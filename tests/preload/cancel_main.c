/* main is cancelled by a worker while it waits: the process goes on until the
 * last thread ends, and its status is 0. */
#include "t.h"

static int fd[2];
static pthread_t first;

static void clean(void *arg)
{
	(void)arg;
	printf("main's cleanup\n");
}

static void *worker(void *arg)
{
	void *r;

	(void)arg;
	t_settle();
	PDO(pthread_cancel(first));
	PDO(pthread_join(first, &r));
	printf("main was cancelled: %d\n", r == PTHREAD_CANCELED);
	t_settle();
	printf("end\n");
	return NULL;
}

int main(void)
{
	char b;

	first = pthread_self();
	DO(pipe(fd));
	t_go(worker, NULL);
	pthread_cleanup_push(clean, NULL);
	t_take(fd[0], &b, 1);
	pthread_cleanup_pop(0);
	printf("not reached\n");
	return 1;
}
