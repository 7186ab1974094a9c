/* pthread_exit() from deep inside a worker: value and cleanup handlers. */
#include "t.h"

static int fd[2];

static void clean(void *arg)
{
	printf("cleanup %s\n", (char *)arg);
}

static __attribute__((noinline)) void deep(int n)
{
	char b;

	pthread_cleanup_push(clean, (void *)(n % 2 ? "odd" : "even"));
	if (n > 0)
		deep(n - 1);
	t_take(fd[0], &b, 1);
	if (b == 'x')
		pthread_exit((void *)4711);
	pthread_cleanup_pop(0);
}

static void *worker(void *arg)
{
	deep((int)(intptr_t)arg);
	return NULL;
}

static void feed(int s)
{
	t_put(s, "x", 1);
}

int main(void)
{
	pthread_t th, f;

	DO(pipe(fd));
	for (int i = 0; i < 3; i++) {
		f = t_after(feed, fd[1]);
		th = t_go(worker, (void *)(intptr_t)i);
		printf("%ld\n", (long)t_join(th));
		t_join(f);
	}
	return t_end();
}
