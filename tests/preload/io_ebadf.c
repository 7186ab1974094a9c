/* Every call on a descriptor that is not one. */
#include "t.h"

static void with(int bad)
{
	char b[8];
	struct iovec v = { b, 8 };
	struct msghdr m = { .msg_iov = &v, .msg_iovlen = 1 };
	struct sockaddr_in sa = { .sin_family = AF_INET };
	socklen_t len = sizeof(sa);
	struct sockaddr *s = (struct sockaddr *)&sa;
	int n = 0;

	SHOW(read(bad, b, 8));
	SHOW(write(bad, b, 8));
	SHOW(read(bad, b, 0));
	SHOW(write(bad, b, 0));
	SHOW(readv(bad, &v, 1));
	SHOW(writev(bad, &v, 1));
	SHOW(recv(bad, b, 8, 0));
	SHOW(send(bad, b, 8, 0));
	SHOW(recvfrom(bad, b, 8, 0, s, &len));
	SHOW(sendto(bad, b, 8, 0, s, len));
	SHOW(recvmsg(bad, &m, 0));
	SHOW(sendmsg(bad, &m, 0));
	SHOW(accept(bad, s, &len));
	SHOW(accept4(bad, s, &len, SOCK_CLOEXEC));
	SHOW(connect(bad, s, len));
	SHOW(shutdown(bad, SHUT_RD));
	SHOW(setsockopt(bad, SOL_SOCKET, SO_KEEPALIVE, &n, sizeof(n)));
	SHOW(fcntl(bad, F_GETFL));
	SHOW(fcntl(bad, F_SETFL, 0));
	SHOW(ioctl(bad, FIONBIO, &n));
	SHOW(ioctl(bad, FIONREAD, &n));
	SHOW(dup(bad));
	SHOW(dup2(bad, 9));
	SHOW(dup3(bad, 9, 0));
	SHOW(close(bad));
}

static void body(void)
{
	int closed = DO(dup(0));
	volatile int minus = -1;

	DO(close(closed));
	printf("-1\n");
	with(minus);
	printf("closed\n");
	with(closed);
	printf("huge\n");
	with(INT_MAX);
}

int main(void)
{
	t_both(body);
	return t_end();
}
