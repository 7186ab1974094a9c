/* A handler without SA_RESTART: each call that waits gives EINTR. */
#include "t.h"

static int hits;
static char big[1 << 20];

static void on(int sig)
{
	(void)sig;
	t_inc(&hits);
}

static void body(void)
{
	struct sockaddr_in sa;
	int l = t_listen(&sa), s[2], p[2];
	char b[8];
	struct iovec v = { b, 8 };
	struct msghdr m = { .msg_iov = &v, .msg_iovlen = 1 };
	struct pollfd pfd;
	struct timespec ts = { 25, 0 };
	fd_set r;

	t_pair(SOCK_STREAM, s);
	DO(pipe(p));
	T_POKED(read(p[0], b, 8));
	T_POKED(read(s[0], b, 8));
	T_POKED(readv(p[0], &v, 1));
	T_POKED(recv(s[0], b, 8, 0));
	T_POKED(recvfrom(s[0], b, 8, MSG_PEEK, NULL, NULL));
	T_POKED(recvmsg(s[0], &m, 0));
	T_POKED(accept(l, NULL, NULL));
	T_POKED(accept4(l, NULL, NULL, SOCK_CLOEXEC));
	pfd = (struct pollfd){ s[0], POLLIN, 0 };
	T_POKED(poll(&pfd, 1, -1));
	T_POKED(ppoll(&pfd, 1, &ts, NULL));
	FD_ZERO(&r);
	FD_SET(s[0], &r);
	T_POKED(select(s[0] + 1, &r, NULL, NULL, NULL));
	T_POKED(pselect(s[0] + 1, &r, NULL, NULL, &ts, NULL));
	t_fill(s[1]);
	T_POKED(send(s[1], big, 100, 0));
	t_fill(p[1]);
	T_POKED(write(p[1], big, 100));
	t_close2(s);
	t_close2(p);
	DO(close(l));
}

int main(void)
{
	t_handle(SIGUSR1, on, 0);
	t_both(body);
	CHECK(t_get(&hits) > 0);
	return t_end();
}
