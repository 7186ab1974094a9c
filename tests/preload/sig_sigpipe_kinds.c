/* EPIPE comes with SIGPIPE on streams, and without on sockets of messages; also
 * where the socket's options are rare ones. */
#include "t.h"

static int pipes;

static void on(int sig)
{
	(void)sig;
	t_inc(&pipes);
}

#define SENT(e)                                         \
	do {                                            \
		t_settle();                             \
		t_set(&pipes, 0);                       \
		SHOW(e);                                \
		printf("SIGPIPE: %d\n", t_get(&pipes)); \
	} while (0)

static void one(const char *what, int type, int low)
{
	struct iovec v = { "message", 7 };
	struct msghdr m = { .msg_iov = &v, .msg_iovlen = 1 };
	int fd[2];

	printf("-- %s, %d\n", what, low);
	t_pair(type, fd);
	DO(setsockopt(fd[0], SOL_SOCKET, SO_RCVLOWAT, &low, sizeof(low)));
	DO(shutdown(fd[1], SHUT_RD));
	SENT(send(fd[0], "message", 7, MSG_DONTWAIT));
	SENT(sendmsg(fd[0], &m, MSG_DONTWAIT));
	SENT(pwritev2(fd[0], &v, 1, -1, RWF_NOWAIT));
	SENT(send(fd[0], "message", 7, 0));
	SENT(write(fd[0], "message", 7));
	SENT(writev(fd[0], &v, 1));
	SENT(send(fd[0], "message", 7, MSG_NOSIGNAL));
	t_close2(fd);
}

static void body(void)
{
	for (int low = 1; low <= 5; low += 4) {
		one("stream", SOCK_STREAM, low);
		one("dgram", SOCK_DGRAM, low);
		one("seqpacket", SOCK_SEQPACKET, low);
	}
}

int main(void)
{
	t_handle(SIGPIPE, on, 0);
	t_both(body);
	return t_end();
}
