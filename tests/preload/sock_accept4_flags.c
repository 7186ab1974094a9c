/* accept4(): each flag shows on the new descriptor and only there. */
#include "t.h"

static struct sockaddr_in sa;
static int visitor;

static void visit(int unused)
{
	(void)unused;
	visitor = t_connect(&sa);
}

static void one(int l, int flags, int late)
{
	pthread_t th = 0;
	int a;
	char b[4];

	if (late)
		th = t_after(visit, 0);
	else
		visit(0);
	a = DO(accept4(l, NULL, NULL, flags));
	if (late)
		t_join(th);
	printf("nonblock %d cloexec %d listener %#x\n",
	       !!(DO(fcntl(a, F_GETFL)) & O_NONBLOCK), DO(fcntl(a, F_GETFD)),
	       DO(fcntl(l, F_GETFL)));
	if (flags & SOCK_NONBLOCK)
		SHOW(recv(a, b, 4, 0));
	t_put(visitor, "x", 1);
	t_await(recv(a, b, 4, 0) == 1);
	DO(close(a));
	DO(close(visitor));
}

static void body(void)
{
	int l = t_listen(&sa);

	for (int late = 0; late < 2; late++) {
		one(l, 0, late);
		one(l, SOCK_NONBLOCK, late);
		one(l, SOCK_CLOEXEC, late);
		one(l, SOCK_NONBLOCK | SOCK_CLOEXEC, late);
	}
	SHOW(accept4(l, NULL, NULL, 1 << 20));
	DO(close(l));
}

int main(void)
{
	t_both(body);
	return t_end();
}
