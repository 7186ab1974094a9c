/* pthread_exit() in main: the others go on, the last one ends the process
 * with status 0 and the exit handlers run. */
#include "t.h"

static int fd[2];
static pthread_t first;

static void bye(void)
{
	printf("exit handler\n");
}

static void *worker(void *arg)
{
	char b[4];
	void *ret = NULL;

	(void)arg;
	PSHOW(pthread_join(first, &ret));
	printf("main gave %ld\n", (long)ret);
	SHOW(read(fd[0], b, 4));
	SHOW(usleep(20000));
	SHOW(read(fd[0], b, 4));
	return NULL;
}

static void *feeder(void *arg)
{
	(void)arg;
	t_settle();
	t_put(fd[1], "abc", 3);
	t_settle();
	DO(close(fd[1]));
	return NULL;
}

int main(void)
{
	DO(pipe(fd));
	atexit(bye);
	first = pthread_self();
	PDO(pthread_detach(t_go(worker, NULL)));
	PDO(pthread_detach(t_go(feeder, NULL)));
	pthread_exit((void *)17);
}
