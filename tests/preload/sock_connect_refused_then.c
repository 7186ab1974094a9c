/* A socket whose connect() was refused is as it was: it can listen, or be connected
   again. */
#include "t.h"

static struct sockaddr_in sa;

static int refused(void)
{
	int gone = t_bound(SOCK_STREAM, &sa), s;

	DO(close(gone));
	s = DO(socket(AF_INET, SOCK_STREAM, 0));
	SHOW(connect(s, (struct sockaddr *)&sa, sizeof(sa)));
	return s;
}

static void body(void)
{
	struct pollfd p = { .events = POLLIN | POLLOUT | POLLRDHUP };
	int l, s;

	t_talk();
	p.fd = s = refused();
	SHOW(poll(&p, 1, 0));
	printf("%x\n", p.revents);
	SHOW(listen(s, 5));
	DO(close(s));
	t_talk();
	s = refused();
	l = t_listen(&sa);
	DO(fcntl(s, F_SETFL, O_NONBLOCK));
	SHOW(connect(s, (struct sockaddr *)&sa, sizeof(sa)));
	DO(close(s));
	DO(close(l));
}

int main(void)
{
	t_both(body);
	return t_end();
}
