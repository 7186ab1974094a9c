/* MSG_WAITALL: the whole length in pieces, less only at the end of file. */
#include "t.h"

static void pieces(int fd)
{
	t_put(fd, "abc", 3);
	t_settle();
	t_put(fd, "def", 3);
	t_settle();
	t_put(fd, "ghijXY", 6);
}

static void ends(int fd)
{
	t_put(fd, "123", 3);
	t_settle();
	DO(shutdown(fd, SHUT_WR));
}

static void one(int fd[2])
{
	char b[16] = "", c[4];
	struct iovec v[2] = { { b, 4 }, { c, 4 } };
	struct msghdr m = { .msg_iov = v, .msg_iovlen = 2 };
	pthread_t th = t_after(pieces, fd[1]);

	SHOW(recv(fd[0], b, 10, MSG_WAITALL));
	printf("%.10s\n", b);
	t_join(th);
	SHOW(recv(fd[0], b, 10, 0));
	th = t_after(pieces, fd[1]);
	SHOW(recvmsg(fd[0], &m, MSG_WAITALL));
	printf("%.4s %.4s\n", b, c);
	t_join(th);
	SHOW(recvfrom(fd[0], b, 4, MSG_WAITALL, NULL, NULL));
	th = t_after(ends, fd[1]);
	SHOW(recv(fd[0], b, 10, MSG_WAITALL));
	t_join(th);
	SHOW(recv(fd[0], b, 10, MSG_WAITALL));
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
