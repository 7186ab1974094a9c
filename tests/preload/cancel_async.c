/* Asynchronous cancellation of a thread that computes, after it has waited. */
#include "t.h"

static int fd[2], up, cleaned;

static void clean(void *arg)
{
	t_set((int *)arg, 1);
}

static void *worker(void *arg)
{
	int old;
	char b;

	t_take(fd[0], &b, 1);
	PDO(pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, &old));
	printf("deferred before: %d\n", old == PTHREAD_CANCEL_DEFERRED);
	pthread_cleanup_push(clean, arg);
	t_set(&up, 1);
	for (;;)
		__asm__ volatile("");
	pthread_cleanup_pop(0);
	return NULL;
}

int main(void)
{
	DO(pipe(fd));
	for (int i = 0; i < 5; i++) {
		pthread_t th = t_go(worker, &cleaned);

		t_set(&up, 0);
		t_set(&cleaned, 0);
		t_put(fd[1], "x", 1);
		t_await(t_get(&up));
		PDO(pthread_cancel(th));
		CHECK(t_join(th) == PTHREAD_CANCELED);
		printf("cleaned: %d\n", cleaned);
	}
	return t_end();
}
