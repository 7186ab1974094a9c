/* MSG_NOSIGNAL: EPIPE and no death, though SIGPIPE is at its default. */
#include "t.h"

static void one(int fd[2])
{
	char b[4] = "abc";
	struct iovec v = { b, 3 };
	struct msghdr m = { .msg_iov = &v, .msg_iovlen = 1 };

	DO(shutdown(fd[1], SHUT_WR));
	SHOW(send(fd[1], b, 3, MSG_NOSIGNAL));
	SHOW(sendto(fd[1], b, 3, MSG_NOSIGNAL, NULL, 0));
	SHOW(sendmsg(fd[1], &m, MSG_NOSIGNAL));
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
