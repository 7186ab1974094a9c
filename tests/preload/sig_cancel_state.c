/* Cancel pending before a wait, disabled over a wait, and pthread_testcancel. */
#include "t.h"

static int fd[2], step;

static void *pending(void *arg)
{
	char b;

	(void)arg;
	t_await(t_get(&step));
	t_take(fd[0], &b, 1);
	return (void *)1;
}

static void *disabled(void *arg)
{
	char b;
	long r;
	int old;

	(void)arg;
	PDO(pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &old));
	t_await(t_get(&step));
	r = read(fd[0], &b, 1);
	printf("read %ld in spite of it\n", r);
	PDO(pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, &old));
	pthread_testcancel();
	printf("not reached\n");
	return NULL;
}

static void *computing(void *arg)
{
	(void)arg;
	/* No cancellation point: it gets to its end. */
	while (!t_get(&step))
		sched_yield();
	return (void *)77;
}

static void feed(int s)
{
	t_put(s, "x", 1);
}

int main(void)
{
	pthread_t th, f;
	char b;

	DO(pipe(fd));
	th = t_go(pending, NULL);
	PDO(pthread_cancel(th));
	t_set(&step, 1);
	CHECK(t_join(th) == PTHREAD_CANCELED);
	t_set(&step, 0);
	th = t_go(disabled, NULL);
	t_await(({ t_set(&step, 1); 1; }));
	t_settle();
	PDO(pthread_cancel(th));
	f = t_after(feed, fd[1]);
	t_join(f);
	t_await(pthread_tryjoin_np(th, NULL) == 0);
	t_set(&step, 0);
	th = t_go(computing, NULL);
	PDO(pthread_cancel(th));
	t_set(&step, 1);
	printf("%ld\n", (long)t_join(th));
	DO(fcntl(fd[0], F_SETFL, O_NONBLOCK));
	SHOW(read(fd[0], &b, 1));
	return t_end();
}
