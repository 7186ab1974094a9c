/* A datagram too long for the buffer: MSG_TRUNC, and the rest is gone. */
#include "t.h"

static void feed(int fd)
{
	DO(send(fd, "0123456789", 10, 0));
}

static void take(int fd, int flags)
{
	char b[4];
	struct iovec v = { b, 4 };
	struct msghdr m = { .msg_iov = &v, .msg_iovlen = 1 };

	SHOW(recvmsg(fd, &m, flags));
	printf("%.4s trunc %d\n", b, !!(m.msg_flags & MSG_TRUNC));
}

static void one(int type)
{
	int fd[2];
	char b[4];
	pthread_t th;

	t_pair(type, fd);
	th = t_after(feed, fd[1]);
	take(fd[0], 0);
	t_join(th);
	SHOW(recv(fd[0], b, 4, MSG_DONTWAIT));
	feed(fd[1]);
	take(fd[0], 0);
	th = t_after(feed, fd[1]);
	take(fd[0], MSG_TRUNC);
	t_join(th);
	feed(fd[1]);
	SHOW(recv(fd[0], b, 4, MSG_TRUNC | MSG_PEEK));
	SHOW(read(fd[0], b, 4));
	SHOW(recv(fd[0], b, 4, MSG_DONTWAIT));
	t_close2(fd);
}

static void body(void)
{
	printf("datagram\n");
	one(SOCK_DGRAM);
	printf("seqpacket\n");
	one(SOCK_SEQPACKET);
}

int main(void)
{
	t_both(body);
	return t_end();
}
