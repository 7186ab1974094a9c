/* Urgent data over TCP: MSG_OOB, and the mark in the stream. */
#include "t.h"

static void urgent(int fd)
{
	DO(send(fd, "ab", 2, 0));
	DO(send(fd, "!", 1, MSG_OOB));
	DO(send(fd, "cd", 2, 0));
}

static void body(void)
{
	int fd[2];
	char b[8] = "";
	pthread_t th;

	t_tcp(fd);
	SHOW(recv(fd[0], b, 1, MSG_OOB));
	th = t_after(urgent, fd[1]);
	t_take(fd[0], b, 2);
	printf("%.2s\n", b);
	t_await(recv(fd[0], b, 1, MSG_OOB) == 1);
	printf("%.1s\n", b);
	SHOW(sockatmark(fd[0]));
	t_take(fd[0], b, 2);
	printf("%.2s\n", b);
	t_join(th);
	SHOW(sockatmark(fd[0]));
	t_close2(fd);
}

int main(void)
{
	t_both(body);
	return t_end();
}
