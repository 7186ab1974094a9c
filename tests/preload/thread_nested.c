/* Threads that make threads that make threads, each joining its own. */
#include "t.h"

static void *grow(void *arg)
{
	long depth = (long)(intptr_t)arg, sum = 1;
	pthread_t th[3];

	if (depth == 0)
		return (void *)1;
	for (int i = 0; i < 3; i++)
		th[i] = t_go(grow, (void *)(depth - 1));
	for (int i = 0; i < 3; i++)
		sum += (long)t_join(th[i]);
	return (void *)sum;
}

int main(void)
{
	printf("%ld\n", (long)grow((void *)5));
	return t_end();
}
