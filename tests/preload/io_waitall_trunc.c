/* MSG_TRUNC with MSG_WAITALL on TCP throws away as many bytes as are asked for,
 * and no more, in how many pieces they may come. */
#include "t.h"

static char data[50];

static void feed(int fd)
{
	t_put(fd, data, 10);
	t_settle();
	t_put(fd, data + 10, 40);
}

static long by_recv(int fd)
{
	char b[30];

	return recv(fd, b, 30, MSG_WAITALL | MSG_TRUNC);
}

static long by_recv_nowhere(int fd)
{
	return recv(fd, NULL, 30, MSG_WAITALL | MSG_TRUNC);
}

static long by_recvfrom(int fd)
{
	char b[30];

	return recvfrom(fd, b, 30, MSG_WAITALL | MSG_TRUNC, NULL, NULL);
}

static long by_recvmsg(int fd)
{
	char b[30];
	struct iovec v[2] = { { b, 15 }, { b + 15, 15 } };
	struct msghdr m = { .msg_iov = v, .msg_iovlen = 2 };

	return recvmsg(fd, &m, MSG_WAITALL | MSG_TRUNC);
}

static void one(const char *what, long (*fn)(int fd))
{
	int fd[2];
	char b[20];
	pthread_t th;

	t_tcp(fd);
	th = t_after(feed, fd[1]);
	printf("%s: %ld,", what, fn(fd[0]));
	t_join(th);
	t_await(t_readable(fd[0]) >= 20 ||
		recv(fd[0], b, 20, MSG_PEEK | MSG_DONTWAIT) > 0);
	printf(" then %d", t_readable(fd[0]));
	t_take(fd[0], b, 1);
	printf(" from %c\n", b[0]);
	t_close2(fd);
}

static void body(void)
{
	one("recv", by_recv);
	one("recv(NULL)", by_recv_nowhere);
	one("recvfrom", by_recvfrom);
	one("recvmsg", by_recvmsg);
}

int main(void)
{
	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (char)('A' + i);
	t_both(body);
	return t_end();
}
