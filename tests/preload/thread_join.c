/* pthread_create() and pthread_join(): values, order, errors. */
#include "t.h"

static int gate[2];

static void *worker(void *arg)
{
	char b[1];

	t_take(gate[0], b, 1);
	return arg;
}

static void *self_join(void *arg)
{
	(void)arg;
	return (void *)(intptr_t)pthread_join(pthread_self(), NULL);
}

static void body(void)
{
	pthread_t th[5];
	void *ret;

	DO(pipe(gate));
	for (int i = 0; i < 5; i++)
		th[i] = t_go(worker, (void *)(intptr_t)(i * 10));
	t_put(gate[1], "12345", 5);
	for (int i = 4; i >= 0; i--) {
		PSHOW(pthread_join(th[i], &ret));
		printf("%ld\n", (long)ret);
	}
	printf("%s\n", strerrorname_np((int)(intptr_t)t_join(
			       t_go(self_join, NULL))));
	th[0] = t_go(worker, NULL);
	t_put(gate[1], "1", 1);
	PSHOW(pthread_join(th[0], NULL));
	t_close2(gate);
}

int main(void)
{
	t_both(body);
	return t_end();
}
