/* A unix listener with a full backlog: connect() waits until accept(). */
#include "t.h"

static struct sockaddr_un un;
static socklen_t unlen;
static int done;

static void *client(void *arg)
{
	int s = DO(socket(AF_UNIX, SOCK_STREAM, 0));
	char b[2];

	(void)arg;
	DO(connect(s, (struct sockaddr *)&un, unlen));
	t_inc(&done);
	if (read(s, b, 2) != 1)
		t_die("read");
	DO(close(s));
	return NULL;
}

int main(void)
{
	int l = DO(socket(AF_UNIX, SOCK_STREAM, 0)), s;
	pthread_t th[8];

	unlen = t_unix_name(&un, "full");
	DO(bind(l, (struct sockaddr *)&un, unlen));
	DO(listen(l, 2));
	for (int i = 0; i < 8; i++)
		th[i] = t_go(client, NULL);
	t_await(t_get(&done) == 3);
	for (int i = 0; i < 5; i++)
		t_settle();
	printf("%d of 8 connected\n", t_get(&done));
	s = DO(socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0));
	SHOW(connect(s, (struct sockaddr *)&un, unlen));
	for (int i = 0; i < 8; i++) {
		int a = DO(accept(l, NULL, NULL));

		t_put(a, "x", 1);
		DO(close(a));
	}
	for (int i = 0; i < 8; i++)
		t_join(th[i]);
	printf("%d of 8 connected\n", done);
	return t_end();
}
