/* Detached threads, by attribute, by another, by themselves. */
#include "t.h"

static int count;

static void *worker(void *arg)
{
	if (arg)
		PDO(pthread_detach(pthread_self()));
	t_settle();
	t_inc(&count);
	return NULL;
}

static void body(void)
{
	pthread_attr_t at;
	pthread_t th;

	t_set(&count, 0);
	PDO(pthread_attr_init(&at));
	PDO(pthread_attr_setdetachstate(&at, PTHREAD_CREATE_DETACHED));
	for (int i = 0; i < 20; i++) {
		PDO(pthread_create(&th, &at, worker, NULL));
		PDO(pthread_detach(t_go(worker, NULL)));
		t_go(worker, &count);
	}
	t_await(t_get(&count) == 60);
	printf("%d ran\n", count);
	PDO(pthread_attr_destroy(&at));
}

static int fd[2];

static void *reader(void *arg)
{
	char b;

	(void)arg;
	return (void *)(intptr_t)read(fd[0], &b, 1);
}

int main(void)
{
	pthread_t th;

	t_both(body);
	/* A live detached thread cannot be joined or detached again. */
	DO(pipe(fd));
	th = t_go(reader, NULL);
	PSHOW(pthread_detach(th));
	PSHOW(pthread_detach(th));
	PSHOW(pthread_join(th, NULL));
	PSHOW(pthread_tryjoin_np(th, NULL));
	return t_end();
}
