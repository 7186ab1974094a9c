/* The program's own nonblocking connect: EINPROGRESS, poll, SO_ERROR. */
#include "t.h"

static void try(const struct sockaddr_in *sa)
{
	int s = DO(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0)), e = -1;
	socklen_t len = sizeof(e);
	struct pollfd p = { s, POLLOUT, 0 };

	SHOW(connect(s, (const struct sockaddr *)sa, sizeof(*sa)));
	SHOW(poll(&p, 1, 10000));
	printf("out %d err %d\n", !!(p.revents & POLLOUT),
	       !!(p.revents & POLLERR));
	DO(getsockopt(s, SOL_SOCKET, SO_ERROR, &e, &len));
	printf("SO_ERROR %s\n", strerrorname_np(e));
	DO(close(s));
}

static void body(void)
{
	struct sockaddr_in sa;
	int l = t_listen(&sa);

	try(&sa);
	DO(close(l));
	try(&sa);
}

int main(void)
{
	t_both(body);
	return t_end();
}
