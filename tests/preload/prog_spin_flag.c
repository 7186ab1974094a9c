/* Threads that spin on a variable until threads that do I/O set it. */
#include "t.h"

static int fd[2], flag;

static void *spinner(void *arg)
{
	long n = 0;

	(void)arg;
	while (!t_get(&flag))
		n++;
	return NULL;
}

static void *reader(void *arg)
{
	char b;

	(void)arg;
	for (int i = 0; i < 20; i++)
		t_take(fd[0], &b, 1);
	t_set(&flag, 1);
	return NULL;
}

int main(void)
{
	pthread_t th[4];

	DO(pipe(fd));
	th[0] = t_go(reader, NULL);
	for (int i = 1; i < 4; i++)
		th[i] = t_go(spinner, NULL);
	for (int i = 0; i < 20; i++) {
		t_settle();
		t_put(fd[1], "x", 1);
	}
	for (int i = 0; i < 4; i++)
		t_join(th[i]);
	printf("joined\n");
	return t_end();
}
