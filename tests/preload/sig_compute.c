/* A thread that computes, calling nothing, gets its signal at once: it is not
 * waiting for anything that could end. */
#include "t.h"

static int fd[2], flag, hits;
static unsigned long count;
static int counted;
static double left;
static __thread int mine;

static void on(int sig)
{
	(void)sig;
	if (mine)
		t_set(&flag, 1);
	t_inc(&hits);
}

static void *worker(void *arg)
{
	unsigned long n = 0;
	double x = 1.5, y = 3.25;
	char b;

	(void)arg;
	mine = 1;
	/* a thread that has waited before, too */
	t_take(fd[0], &b, 1);
	while (!__atomic_load_n(&flag, __ATOMIC_RELAXED)) {
		/* in registers: must be as they were */
		n++;
		x = x * y / y;
		__atomic_store_n(&count, n, __ATOMIC_RELAXED);
	}
	counted = n == __atomic_load_n(&count, __ATOMIC_RELAXED);
	left = x;
	t_take(fd[0], &b, 1);
	return NULL;
}

int main(void)
{
	t_handle(SIGUSR1, on, SA_RESTART);
	DO(pipe(fd));
	for (int i = 1; i <= 5; i++) {
		pthread_t th = t_go(worker, NULL);

		t_set(&count, 0);
		t_set(&flag, 0);
		t_put(fd[1], "x", 1);
		t_await(t_get(&count) > 1000);
		PSHOW(pthread_kill(th, SIGUSR1));
		t_await(t_get(&flag));
		t_put(fd[1], "x", 1);
		t_join(th);
		printf("counted: %d, %.2f, %d hits\n", counted, left, hits);
	}
	return t_end();
}
