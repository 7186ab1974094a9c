/* connect() from threads, again on a connected socket, and to oneself. */
#include "t.h"

static struct sockaddr_in sa;

static void *client(void *arg)
{
	int s = t_connect(&sa);
	char b[4];

	(void)arg;
	SHOW(fcntl(s, F_GETFL) & O_NONBLOCK);
	SHOW(connect(s, (struct sockaddr *)&sa, sizeof(sa)));
	t_put(s, "x", 1);
	SHOW(recv(s, b, 4, 0));
	DO(close(s));
	return NULL;
}

int main(void)
{
	int l = t_listen(&sa), a;
	char b[4];

	for (int i = 0; i < 3; i++) {
		pthread_t th = t_go(client, NULL);

		a = DO(accept(l, NULL, NULL));
		SHOW(recv(a, b, 4, 0));
		t_put(a, "y", 1);
		t_join(th);
		DO(close(a));
	}
	a = DO(socket(AF_INET, SOCK_STREAM, 0));
	SHOW(listen(a, 1));
	SHOW(connect(a, (struct sockaddr *)&sa, sizeof(sa)));
	DO(close(a));
	DO(close(l));
	return t_end();
}
