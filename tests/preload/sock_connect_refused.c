/* connect() where nobody listens. */
#include "t.h"

static void body(void)
{
	struct sockaddr_in sa;
	struct sockaddr_un un;
	socklen_t unlen = t_unix_name(&un, "none");
	int gone = t_bound(SOCK_STREAM, &sa), s, e = -1;
	socklen_t len = sizeof(e);

	DO(close(gone));
	s = DO(socket(AF_INET, SOCK_STREAM, 0));
	SHOW(connect(s, (struct sockaddr *)&sa, sizeof(sa)));
	DO(getsockopt(s, SOL_SOCKET, SO_ERROR, &e, &len));
	printf("SO_ERROR %d\n", e);
	SHOW(fcntl(s, F_GETFL) & O_NONBLOCK);
	SHOW(connect(s, (struct sockaddr *)&sa, sizeof(sa)));
	SHOW(connect(s, (struct sockaddr *)&sa, 3));
	sa.sin_family = 999;
	SHOW(connect(s, (struct sockaddr *)&sa, sizeof(sa)));
	DO(close(s));
	s = DO(socket(AF_UNIX, SOCK_STREAM, 0));
	SHOW(connect(s, (struct sockaddr *)&un, unlen));
	memset(&un, 0, sizeof(un));
	un.sun_family = AF_UNIX;
	strcpy(un.sun_path, "/nonexistent/socket");
	SHOW(connect(s, (struct sockaddr *)&un, sizeof(un)));
	strcpy(un.sun_path, "/dev/null");
	SHOW(connect(s, (struct sockaddr *)&un, sizeof(un)));
	DO(close(s));
}

int main(void)
{
	t_both(body);
	return t_end();
}
