/* A port nobody has: ECONNREFUSED for a waiting recv(), once. */
#include "t.h"

static void poke(int fd)
{
	DO(send(fd, "x", 1, 0));
}

static void body(void)
{
	struct sockaddr_in sa;
	int s, gone = t_bound(SOCK_DGRAM, &sa);
	char b[4];
	pthread_t th;

	s = DO(socket(AF_INET, SOCK_DGRAM, 0));
	DO(connect(s, (struct sockaddr *)&sa, sizeof(sa)));
	/* It keeps the port from others, and takes only what it sends itself. */
	DO(connect(gone, (struct sockaddr *)&sa, sizeof(sa)));
	th = t_after(poke, s);
	SHOW(recv(s, b, 4, 0));
	t_join(th);
	SHOW(recv(s, b, 4, MSG_DONTWAIT));
	poke(s);
	SHOW(send(s, "x", 1, 0));
	DO(close(s));
	DO(close(gone));
}

int main(void)
{
	t_both(body);
	return t_end();
}
