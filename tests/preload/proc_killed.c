/* A peer process that is killed while threads here wait for it. */
#include "t.h"

static int fd[3][2];

static void *reader(void *arg)
{
	char b[4];

	return (void *)(intptr_t)read(*(int *)arg, b, 4);
}

int main(void)
{
	pthread_t th[3];
	struct sockaddr_in sa;
	int l = t_listen(&sa);
	pid_t pid;

	t_background();
	t_pair(SOCK_STREAM, fd[0]);
	DO(pipe(fd[1]));
	pid = DO(fork());
	if (!pid) {
		DO(close(fd[0][0]));
		fd[2][0] = t_connect(&sa);
		for (;;)
			pause();
	}
	DO(close(fd[0][1]));
	DO(close(fd[1][1]));
	fd[2][0] = DO(accept(l, NULL, NULL));
	for (int i = 0; i < 3; i++)
		th[i] = t_go(reader, &fd[i][0]);
	t_settle();
	DO(kill(pid, SIGKILL));
	t_reap(pid);
	for (int i = 0; i < 3; i++)
		printf("%ld\n", (long)t_join(th[i]));
	return t_end();
}
