/* SOCK_SEQPACKET keeps boundaries, cuts what is too long, and has an end. */
#include "t.h"

static void feed(int fd)
{
	t_put(fd, "one", 3);
	t_put(fd, "three", 5);
}

static void shut(int fd)
{
	DO(shutdown(fd, SHUT_WR));
}

static void body(void)
{
	char b[16];
	int fd[2];
	pthread_t th;

	t_pair(SOCK_SEQPACKET, fd);
	th = t_after(feed, fd[1]);
	SHOW(read(fd[0], b, 16));
	SHOW(recv(fd[0], b, 2, 0));
	t_join(th);
	SHOW(recv(fd[0], b, 16, MSG_DONTWAIT));
	th = t_after(shut, fd[1]);
	SHOW(recv(fd[0], b, 16, 0));
	SHOW(read(fd[0], b, 16));
	t_join(th);
	SHOW(send(fd[1], "x", 1, MSG_NOSIGNAL));
	t_close2(fd);
}

int main(void)
{
	t_both(body);
	return t_end();
}
