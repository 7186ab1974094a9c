/* send(): room at once, and room only when the reader has made some. */
#include "t.h"

static char big[200000];

static void fill(int fd)
{
	while (send(fd, big, sizeof(big), MSG_DONTWAIT) > 0)
		;
}

static void drain(int fd)
{
	static char in[65536];

	while (recv(fd, in, sizeof(in), 0) > 0)
		;
}

static void one(int fd[2])
{
	struct iovec v[2] = { { big, 1000 }, { big, sizeof(big) } };
	struct msghdr m = { .msg_iov = v, .msg_iovlen = 2 };
	pthread_t th;

	SHOW(send(fd[1], "abc", 3, 0));
	fill(fd[1]);
	th = t_after(drain, fd[0]);
	SHOW(send(fd[1], big, sizeof(big), 0));
	fill(fd[1]);
	SHOW(sendto(fd[1], big, sizeof(big), 0, NULL, 0));
	fill(fd[1]);
	SHOW(sendmsg(fd[1], &m, 0));
	fill(fd[1]);
	SHOW(write(fd[1], big, 1));
	fill(fd[1]);
	SHOW(writev(fd[1], v, 2));
	DO(shutdown(fd[1], SHUT_WR));
	t_join(th);
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
