/* sendto() and its errors: no address, too many, too long, unwanted. */
#include "t.h"

static char big[70000];

static void body(void)
{
	struct sockaddr_in sa, other;
	struct sockaddr *to = (struct sockaddr *)&sa;
	struct sockaddr_un un;
	socklen_t unlen = t_unix_name(&un, "nobody");
	int r = t_bound(SOCK_DGRAM, &sa), s = t_bound(SOCK_DGRAM, &other);
	int tcp[2], u;

	SHOW(sendto(s, "a", 1, 0, NULL, 0));
	SHOW(sendto(s, "a", 1, 0, to, 3));
	SHOW(sendto(s, big, sizeof(big), 0, to, sizeof(sa)));
	SHOW(sendto(s, "a", 1, 0, to, sizeof(sa)));
	DO(connect(s, to, sizeof(sa)));
	SHOW(send(s, "a", 1, 0));
	SHOW(sendto(s, "a", 1, 0, to, sizeof(sa)));
	SHOW(send(s, big, sizeof(big), 0));
	t_tcp(tcp);
	SHOW(sendto(tcp[0], "a", 1, 0, to, sizeof(sa)));
	u = DO(socket(AF_UNIX, SOCK_DGRAM, 0));
	SHOW(send(u, "a", 1, 0));
	SHOW(sendto(u, "a", 1, 0, (struct sockaddr *)&un, unlen));
	t_close2(tcp);
	DO(close(u));
	DO(close(s));
	DO(close(r));
}

int main(void)
{
	t_both(body);
	return t_end();
}
