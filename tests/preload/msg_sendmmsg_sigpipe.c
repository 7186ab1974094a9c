/* sendmmsg() on a stream of which the second message finds that the peer has
 * gone: SIGPIPE comes, too, though the call says that one was sent. */
#include "t.h"

static int pipes;

static void on(int sig)
{
	(void)sig;
	t_inc(&pipes);
}

/* 1 if just one was sent; the answer to that may come too late. */
static int sent_one(int flags)
{
	struct iovec v = { "message", 7 };
	struct mmsghdr m[2];
	struct pollfd p;
	int fd[2], r;

	t_tcp(fd);
	DO(close(fd[1]));
	p = (struct pollfd){ fd[0], POLLRDHUP, 0 };
	DO(poll(&p, 1, -1));
	memset(m, 0, sizeof(m));
	for (int i = 0; i < 2; i++) {
		m[i].msg_hdr.msg_iov = &v;
		m[i].msg_hdr.msg_iovlen = 1;
	}
	t_set(&pipes, 0);
	r = sendmmsg(fd[0], m, 2, flags);
	DO(close(fd[0]));
	return r == 1;
}

static void body(void)
{
	t_await(sent_one(0));
	printf("SIGPIPE: %d\n", t_get(&pipes));
	t_await(sent_one(MSG_DONTWAIT));
	printf("SIGPIPE: %d\n", t_get(&pipes));
	t_await(sent_one(MSG_DONTWAIT | MSG_NOSIGNAL));
	printf("SIGPIPE: %d\n", t_get(&pipes));
}

int main(void)
{
	t_handle(SIGPIPE, on, 0);
	t_both(body);
	return t_end();
}
