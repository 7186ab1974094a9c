/* MSG_PEEK: waits like any recv(), and takes nothing. */
#include "t.h"

static void feed(int fd)
{
	t_put(fd, "peek me", 7);
}

static void one(int fd[2])
{
	char b[16] = "";
	struct iovec v = { b, 4 };
	struct msghdr m = { .msg_iov = &v, .msg_iovlen = 1 };
	pthread_t th = t_after(feed, fd[1]);

	SHOW(recv(fd[0], b, 16, MSG_PEEK));
	printf("%.7s\n", b);
	t_join(th);
	SHOW(recv(fd[0], b, 3, MSG_PEEK));
	SHOW(recvfrom(fd[0], b, 16, MSG_PEEK, NULL, NULL));
	SHOW(recvmsg(fd[0], &m, MSG_PEEK));
	SHOW(t_readable(fd[0]));
	SHOW(recv(fd[0], b, 16, MSG_PEEK | MSG_DONTWAIT));
	SHOW(recv(fd[0], b, 16, 0));
	SHOW(recv(fd[0], b, 16, MSG_PEEK | MSG_DONTWAIT));
	DO(close(fd[1]));
	fd[1] = -1;
	SHOW(recv(fd[0], b, 16, MSG_PEEK));
	SHOW(recv(fd[0], b, 16, 0));
}

static void body(void)
{
	t_sockets(one);
}

int main(void)
{
	t_both(body);
	return t_end();
}
