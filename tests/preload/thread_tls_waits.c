/* Thread-local values and errno stay with the thread over every wait. */
#include "t.h"

static __thread long mine;
static int fd[8][2];

static void *worker(void *arg)
{
	long i = (long)(intptr_t)arg, bad = 0;
	int *err = &errno;
	long *addr = &mine;
	char b;

	mine = i;
	for (int r = 0; r < 300; r++) {
		errno = (int)i + 1;
		t_take(fd[i][0], &b, 1);
		bad += &errno != err || &mine != addr || mine != i;
		bad += errno != i + 1;
		t_put(fd[(i + 1) % 8][1], &b, 1);
	}
	return (void *)bad;
}

int main(void)
{
	pthread_t th[8];
	long bad = 0;

	for (int i = 0; i < 8; i++)
		DO(pipe(fd[i]));
	for (int i = 0; i < 8; i++)
		th[i] = t_go(worker, (void *)(intptr_t)i);
	t_put(fd[0][1], "abc", 3);
	for (int i = 0; i < 8; i++)
		bad += (long)t_join(th[i]);
	printf("%ld bad\n", bad);
	return t_end();
}
