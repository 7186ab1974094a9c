/* Two thousand short threads in waves; each does a little I/O. */
#include "t.h"

#define WAVE 50
#define WAVES 40

static void *worker(void *arg)
{
	int fd[2];
	long v = (long)(intptr_t)arg, got;

	t_pair(SOCK_STREAM, fd);
	t_put(fd[1], &v, sizeof(v));
	sched_yield();
	t_take(fd[0], &got, sizeof(got));
	t_close2(fd);
	return (void *)(intptr_t)(got * 3);
}

int main(void)
{
	long bad = 0;

	for (long w = 0; w < WAVES; w++) {
		pthread_t th[WAVE];

		for (long i = 0; i < WAVE; i++)
			th[i] = t_go(worker, (void *)(w * WAVE + i));
		for (long i = 0; i < WAVE; i++)
			bad += (long)t_join(th[i]) != (w * WAVE + i) * 3;
	}
	printf("%ld bad\n", bad);
	return t_end();
}
