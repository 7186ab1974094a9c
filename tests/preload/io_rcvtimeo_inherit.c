/* SO_RCVTIMEO of a listener: accept() keeps to it, accepted sockets have it. */
#include "t.h"

static struct sockaddr_in sa;

static void join_in(int unused)
{
	(void)unused;
	DO(close(t_connect(&sa)));
}

static void body(void)
{
	struct timeval tv = { 0, 60000 }, got;
	socklen_t len = sizeof(got);
	int l = t_listen(&sa), c, a;
	pthread_t th;
	char b[4];
	double t;

	DO(setsockopt(l, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv)));
	t = t_now();
	SHOW(accept(l, NULL, NULL));
	CHECK(t_now() - t >= 0.055);
	SHOW(accept4(l, NULL, NULL, SOCK_CLOEXEC));
	c = t_connect(&sa);
	a = DO(accept(l, NULL, NULL));
	DO(getsockopt(a, SOL_SOCKET, SO_RCVTIMEO, &got, &len));
	printf("%ld.%06ld\n", (long)got.tv_sec, (long)got.tv_usec);
	t = t_now();
	SHOW(recv(a, b, 4, 0));
	CHECK((t_now() - t >= 0.055) == (got.tv_usec > 0));
	DO(close(a));
	DO(close(c));
	tv.tv_sec = 15;
	DO(setsockopt(l, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv)));
	th = t_after(join_in, 0);
	a = DO(accept(l, NULL, NULL));
	t_join(th);
	DO(close(a));
	DO(close(l));
}

int main(void)
{
	t_both(body);
	return t_end();
}
