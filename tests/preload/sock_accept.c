/* accept(): a connection already there, one that comes while it waits. */
#include "t.h"

static struct sockaddr_in sa;
static int visitor;

static void visit(int unused)
{
	(void)unused;
	visitor = t_connect(&sa);
}

static void talk(int a)
{
	char b[4];

	t_put(visitor, "hi", 2);
	SHOW(recv(a, b, 4, 0));
	DO(close(a));
	DO(close(visitor));
}

static void body(void)
{
	int l = t_listen(&sa), a;
	pthread_t th;

	visit(0);
	a = DO(accept(l, NULL, NULL));
	CHECK(a > l);
	talk(a);
	th = t_after(visit, 0);
	a = DO(accept(l, NULL, NULL));
	t_join(th);
	talk(a);
	DO(close(l));
}

int main(void)
{
	t_both(body);
	return t_end();
}
