/* main returns while workers wait: the process ends at once. */
#include "t.h"

static int fd[2];

static void *worker(void *arg)
{
	char b;

	(void)arg;
	t_take(fd[0], &b, 1);
	printf("not reached\n");
	return NULL;
}

int main(void)
{
	t_pair(SOCK_STREAM, fd);
	for (int i = 0; i < 20; i++)
		t_go(worker, NULL);
	t_settle();
	return t_end();
}
