/* A thread that spins on sched_yield() until another has done some I/O. */
#include "t.h"

static int fd[2], flag;

static void *spinner(void *arg)
{
	(void)arg;
	while (!t_get(&flag))
		sched_yield();
	return NULL;
}

static void *reader(void *arg)
{
	char b;

	(void)arg;
	for (int i = 0; i < 100; i++)
		t_take(fd[0], &b, 1);
	t_set(&flag, 1);
	return NULL;
}

int main(void)
{
	pthread_t th[4];

	DO(pipe(fd));
	th[0] = t_go(spinner, NULL);
	th[1] = t_go(spinner, NULL);
	th[2] = t_go(spinner, NULL);
	th[3] = t_go(reader, NULL);
	for (int i = 0; i < 100; i++)
		t_put(fd[1], "x", 1);
	for (int i = 0; i < 4; i++)
		t_join(th[i]);
	printf("joined\n");
	PSHOW(sched_yield());
	return t_end();
}
