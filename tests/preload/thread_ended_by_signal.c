/* A signal whose handler ends the thread, at any moment of its life: it is joined. */
#include "t.h"

static int fd[2];

static void on(int sig)
{
	(void)sig;
	pthread_exit((void *)7);
}

static void *reads(void *arg)
{
	char c;

	for (;;)
		(void)!read(fd[0], &c, 1);
	return arg;
}

int main(void)
{
	int ended = 0;

	DO(pipe(fd));
	t_handle(SIGUSR1, on, SA_RESTART);
	for (int i = 0; i < 200; i++) {
		pthread_t th = t_go(reads, NULL);

		if (i % 2)
			usleep((useconds_t)i);
		PDO(pthread_kill(th, SIGUSR1));
		ended += t_join(th) == (void *)7;
	}
	printf("%d ended\n", ended);
	return t_end();
}
