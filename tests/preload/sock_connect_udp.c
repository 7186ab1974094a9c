/* UDP: connect() filters, reconnects and disconnects without waiting. */
#include "t.h"

static struct sockaddr_in a, b;

static void body(void)
{
	int ra = t_bound(SOCK_DGRAM, &a), rb = t_bound(SOCK_DGRAM, &b);
	int s = DO(socket(AF_INET, SOCK_DGRAM, 0));
	struct sockaddr none = { .sa_family = AF_UNSPEC };
	struct sockaddr_in sa;
	socklen_t len = sizeof(sa);
	char buf[8];

	SHOW(getpeername(s, (struct sockaddr *)&sa, &len));
	SHOW(connect(s, (struct sockaddr *)&a, sizeof(a)));
	SHOW(send(s, "to a", 4, 0));
	SHOW(recv(ra, buf, 8, 0));
	SHOW(connect(s, (struct sockaddr *)&b, sizeof(b)));
	SHOW(write(s, "to b", 4));
	SHOW(recv(rb, buf, 8, 0));
	DO(getsockname(s, (struct sockaddr *)&sa, &len));
	/* From a, to a socket connected to b: filtered out. */
	SHOW(sendto(ra, "no", 2, 0, (struct sockaddr *)&sa, sizeof(sa)));
	SHOW(sendto(rb, "yes", 3, 0, (struct sockaddr *)&sa, sizeof(sa)));
	SHOW(recv(s, buf, 8, 0));
	SHOW(connect(s, &none, sizeof(none)));
	SHOW(send(s, "x", 1, 0));
	DO(close(s));
	DO(close(ra));
	DO(close(rb));
}

int main(void)
{
	t_both(body);
	return t_end();
}
