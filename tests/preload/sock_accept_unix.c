/* Unix stream sockets: accept() of named and nameless peers. */
#include "t.h"

static struct sockaddr_un un;
static socklen_t unlen;
static int visitor;

static void visit(int unused)
{
	(void)unused;
	visitor = DO(socket(AF_UNIX, SOCK_STREAM, 0));
	DO(connect(visitor, (struct sockaddr *)&un, unlen));
}

static void body(void)
{
	int l = DO(socket(AF_UNIX, SOCK_STREAM, 0)), a;
	struct sockaddr_un from;
	socklen_t len;
	char b[4];
	pthread_t th;

	unlen = t_unix_name(&un, "accept");
	DO(bind(l, (struct sockaddr *)&un, unlen));
	DO(listen(l, 4));
	for (int late = 0; late < 2; late++) {
		if (late)
			th = t_after(visit, 0);
		else
			visit(0);
		len = sizeof(from);
		a = DO(accept(l, (struct sockaddr *)&from, &len));
		if (late)
			t_join(th);
		printf("len %d family %d\n", (int)len,
		       from.sun_family == AF_UNIX);
		t_put(visitor, "x", 1);
		SHOW(read(a, b, 4));
		DO(close(visitor));
		SHOW(read(a, b, 4));
		DO(close(a));
	}
	DO(close(l));
}

int main(void)
{
	t_both(body);
	return t_end();
}
