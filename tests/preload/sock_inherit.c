/* What an accepted socket has from its listener, and what it has not. */
#include "t.h"

static void body(void)
{
	struct sockaddr_in sa;
	int l = t_listen(&sa), a, c, on = 1, got;
	socklen_t len = sizeof(got);

	DO(fcntl(l, F_SETFL, O_NONBLOCK));
	DO(fcntl(l, F_SETFD, FD_CLOEXEC));
	DO(setsockopt(l, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on)));
	DO(setsockopt(l, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)));
	c = t_connect(&sa);
	a = DO(accept(l, NULL, NULL));
	SHOW(fcntl(a, F_GETFL) & O_NONBLOCK);
	SHOW(fcntl(a, F_GETFD));
	DO(getsockopt(a, SOL_SOCKET, SO_KEEPALIVE, &got, &len));
	printf("keepalive %d\n", got);
	DO(getsockopt(a, IPPROTO_TCP, TCP_NODELAY, &got, &len));
	printf("nodelay %d\n", got);
	DO(getsockopt(a, SOL_SOCKET, SO_ACCEPTCONN, &got, &len));
	printf("listening %d\n", got);
	DO(getsockopt(l, SOL_SOCKET, SO_ACCEPTCONN, &got, &len));
	printf("listening %d\n", got);
	DO(close(a));
	DO(close(c));
	DO(close(l));
}

int main(void)
{
	t_both(body);
	return t_end();
}
