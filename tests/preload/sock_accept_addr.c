/* accept(): the peer's address, whole, cut short, unwanted, bad. */
#include "t.h"

static struct sockaddr_in sa, mine;
static int visitor;

static void visit(int unused)
{
	socklen_t len = sizeof(mine);

	(void)unused;
	visitor = t_connect(&sa);
	DO(getsockname(visitor, (struct sockaddr *)&mine, &len));
}

static void one(int l, socklen_t room, int late)
{
	struct sockaddr_storage from;
	struct sockaddr_in *in = (struct sockaddr_in *)&from;
	socklen_t len = room;
	pthread_t th = 0;
	int a;

	memset(&from, 0x55, sizeof(from));
	if (late)
		th = t_after(visit, 0);
	else
		visit(0);
	a = DO(accept(l, (struct sockaddr *)&from, &len));
	if (late)
		t_join(th);
	printf("room %d len %d family %d port %d addr %d\n", (int)room,
	       (int)len, in->sin_family == AF_INET,
	       in->sin_port == mine.sin_port,
	       in->sin_addr.s_addr == mine.sin_addr.s_addr);
	DO(close(a));
	DO(close(visitor));
}

static void body(void)
{
	int l = t_listen(&sa);
	socklen_t len = (socklen_t)-1;
	struct sockaddr_in from;

	for (int late = 0; late < 2; late++) {
		one(l, sizeof(from), late);
		one(l, sizeof(struct sockaddr_storage), late);
		one(l, 4, late);
		one(l, 0, late);
	}
	visit(0);
	SHOW(accept(l, (struct sockaddr *)&from, &len));
	DO(close(visitor));
	DO(close(l));
}

int main(void)
{
	t_both(body);
	return t_end();
}
