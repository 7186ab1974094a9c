/* Memory made in one thread and freed in another, with waits in between. */
#include "t.h"

#define THREADS 6
static int fd[THREADS][2];

static void *worker(void *arg)
{
	long i = (long)(intptr_t)arg, bad = 0;

	for (int r = 0; r < 500; r++) {
		size_t size = (size_t)(r * 37 % 3000 + 16);
		char *p = malloc(size), *q;

		memset(p, (int)(size & 0x7f), size);
		memcpy(p, &size, sizeof(size));
		t_put(fd[(i + 1) % THREADS][1], &p, sizeof(p));
		t_take(fd[i][0], &q, sizeof(q));
		memcpy(&size, q, sizeof(size));
		bad += q[size - 1] != (char)(size & 0x7f);
		free(q);
	}
	return (void *)bad;
}

int main(void)
{
	pthread_t th[THREADS];
	long bad = 0;

	for (int i = 0; i < THREADS; i++)
		DO(pipe(fd[i]));
	for (long i = 0; i < THREADS; i++)
		th[i] = t_go(worker, (void *)i);
	for (int i = 0; i < THREADS; i++)
		bad += (long)t_join(th[i]);
	printf("%ld bad\n", bad);
	return t_end();
}
