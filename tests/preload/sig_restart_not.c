/* What is EINTR even with SA_RESTART: polls, and sockets with a time limit. */
#include "t.h"

static int hits;

static void on(int sig)
{
	(void)sig;
	t_inc(&hits);
}

static void body(void)
{
	struct timeval tv = { 25, 0 };
	struct pollfd pfd;
	struct sockaddr_in sa;
	int l = t_listen(&sa), s[2];
	char b[8];
	fd_set r;

	t_pair(SOCK_STREAM, s);
	pfd = (struct pollfd){ s[0], POLLIN, 0 };
	T_POKED(poll(&pfd, 1, -1));
	T_POKED(ppoll(&pfd, 1, NULL, NULL));
	FD_ZERO(&r);
	FD_SET(s[0], &r);
	T_POKED(select(s[0] + 1, &r, NULL, NULL, NULL));
	T_POKED(pselect(s[0] + 1, &r, NULL, NULL, NULL, NULL));
	DO(setsockopt(s[0], SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv)));
	DO(setsockopt(l, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv)));
	T_POKED(recv(s[0], b, 8, 0));
	T_POKED(read(s[0], b, 8));
	T_POKED(accept(l, NULL, NULL));
	t_close2(s);
	DO(close(l));
}

int main(void)
{
	t_handle(SIGUSR1, on, SA_RESTART);
	t_both(body);
	CHECK(t_get(&hits) > 0);
	return t_end();
}
