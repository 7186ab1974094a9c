/* pthread_self() is unique among live threads and steady over waits. */
#include "t.h"

#define COUNT 100
static int fd[2], up;
static pthread_t self[COUNT];

static void *worker(void *arg)
{
	long i = (long)(intptr_t)arg;
	char b;

	self[i] = pthread_self();
	t_inc(&up);
	t_take(fd[0], &b, 1);
	return (void *)(intptr_t)(pthread_equal(self[i], pthread_self()) != 0);
}

int main(void)
{
	pthread_t th[COUNT];
	long steady = 0, same = 0, matches = 0;

	DO(pipe(fd));
	for (long i = 0; i < COUNT; i++)
		th[i] = t_go(worker, (void *)i);
	t_await(t_get(&up) == COUNT);
	for (int i = 0; i < COUNT; i++) {
		matches += pthread_equal(th[i], self[i]) != 0;
		for (int j = 0; j < i; j++)
			same += pthread_equal(th[i], th[j]) != 0;
	}
	for (int i = 0; i < COUNT; i++)
		t_put(fd[1], "x", 1);
	for (int i = 0; i < COUNT; i++)
		steady += (long)t_join(th[i]);
	printf("%ld match, %ld same, %ld steady\n", matches, same, steady);
	return t_end();
}
