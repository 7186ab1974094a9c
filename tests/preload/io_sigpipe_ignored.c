/* SIGPIPE ignored: EPIPE from every writing call. */
#include "t.h"

static void one(int fd[2])
{
	char b[4] = "abc";
	struct iovec v = { b, 3 };

	DO(close(fd[0]));
	fd[0] = -1;
	SHOW(write(fd[1], b, 3) < 0 ? -1 : 0);
	t_await(write(fd[1], b, 3) < 0);
	SHOW(write(fd[1], b, 3));
	SHOW(writev(fd[1], &v, 1));
	SHOW(write(fd[1], b, 0));
}

static void sock(int fd[2])
{
	char b[4] = "abc";
	struct iovec v = { b, 3 };
	struct msghdr m = { .msg_iov = &v, .msg_iovlen = 1 };

	DO(shutdown(fd[1], SHUT_WR));
	SHOW(send(fd[1], b, 3, 0));
	SHOW(sendto(fd[1], b, 3, 0, NULL, 0));
	SHOW(sendmsg(fd[1], &m, 0));
	SHOW(send(fd[1], b, 3, MSG_DONTWAIT));
}

static void body(void)
{
	t_streams(one);
	t_sockets(sock);
}

int main(void)
{
	signal(SIGPIPE, SIG_IGN);
	t_both(body);
	return t_end();
}
