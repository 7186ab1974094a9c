/* pthread_once(): once, though many come while the routine waits. */
#include "t.h"

static pthread_once_t once = PTHREAD_ONCE_INIT, nested = PTHREAD_ONCE_INIT;
static int fd[2], ran, inner, early;

static void inside(void)
{
	inner++;
}

static void init(void)
{
	char b;

	PDO(pthread_once(&nested, inside));
	t_take(fd[0], &b, 1);
	usleep(5000);
	t_inc(&ran);
}

static void *worker(void *arg)
{
	(void)arg;
	PDO(pthread_once(&once, init));
	if (t_get(&ran) != 1)
		t_inc(&early);
	return NULL;
}

int main(void)
{
	pthread_t th[8];

	DO(pipe(fd));
	for (int i = 0; i < 8; i++)
		th[i] = t_go(worker, NULL);
	t_settle();
	t_put(fd[1], "x", 1);
	for (int i = 0; i < 8; i++)
		t_join(th[i]);
	PSHOW(pthread_once(&once, init));
	printf("%d ran, %d inner, %d early\n", ran, inner, early);
	return t_end();
}
