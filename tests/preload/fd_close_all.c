/* A program that closes every number from 3 on goes on with threads and I/O. */
#include "t.h"

static int fd[2];

static void *echo(void *arg)
{
	char b[8];
	ssize_t n;

	(void)arg;
	while ((n = read(fd[1], b, sizeof(b))) > 0)
		t_put(fd[1], b, (size_t)n);
	return NULL;
}

static void talk(void)
{
	char b[8];
	pthread_t th;

	t_pair(SOCK_STREAM, fd);
	printf("%d %d\n", fd[0], fd[1]);
	th = t_go(echo, NULL);
	for (int i = 0; i < 50; i++) {
		t_put(fd[0], "ping", 4);
		t_take(fd[0], b, 4);
	}
	printf("%.4s\n", b);
	DO(shutdown(fd[0], SHUT_WR));
	t_join(th);
}

int main(void)
{
	int closed = 0;

	talk();
	for (int i = 3; i < 1024; i++)
		if (!close(i))
			closed++;
	printf("%d closed\n", closed);
	talk();
	usleep(1000);
	SHOW(close_range(3, ~0U, 0));
	talk();
	closefrom(3);
	talk();
	return t_end();
}
