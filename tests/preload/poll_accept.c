/* poll() and select() on a listener, then accept(). */
#include "t.h"

static struct sockaddr_in sa;

static void visit(int unused)
{
	(void)unused;
	DO(close(t_connect(&sa)));
}

static void body(void)
{
	int l = t_listen(&sa);
	struct pollfd p = { l, POLLIN, 0 };
	pthread_t th = t_after(visit, 0);
	fd_set r;

	SHOW(poll(&p, 1, -1));
	printf("%#x\n", p.revents);
	DO(close(DO(accept(l, NULL, NULL))));
	t_join(th);
	FD_ZERO(&r);
	FD_SET(l, &r);
	th = t_after(visit, 0);
	SHOW(select(l + 1, &r, NULL, NULL, NULL));
	printf("%d\n", !!FD_ISSET(l, &r));
	DO(close(DO(accept(l, NULL, NULL))));
	t_join(th);
	SHOW(poll(&p, 1, 0));
	DO(close(l));
}

int main(void)
{
	t_both(body);
	return t_end();
}
