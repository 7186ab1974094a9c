/* A hundred pairs of threads pass a counter to and fro. */
#include "t.h"

#define PAIRS 100
#define ROUNDS 100
static int fd[PAIRS][2];

static void *side(void *arg)
{
	int s = (int)(intptr_t)arg;
	int v;

	for (;;) {
		t_take(s, &v, sizeof(v));
		v++;
		t_put(s, &v, sizeof(v));
		if (v >= ROUNDS - 1)
			return (void *)(intptr_t)v;
	}
}

int main(void)
{
	pthread_t th[PAIRS][2];
	long sum = 0;

	for (int i = 0; i < PAIRS; i++) {
		int zero = 0;

		if (i % 2)
			t_tcp(fd[i]);
		else
			t_pair(SOCK_STREAM, fd[i]);
		th[i][0] = t_go(side, (void *)(intptr_t)fd[i][0]);
		th[i][1] = t_go(side, (void *)(intptr_t)fd[i][1]);
		t_put(fd[i][0], &zero, sizeof(zero));
	}
	for (int i = 0; i < PAIRS; i++)
		for (int j = 0; j < 2; j++)
			sum += (long)t_join(th[i][j]);
	printf("sum %ld\n", sum);
	return t_end();
}
