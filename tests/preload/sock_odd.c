/* Rare cases of calls on sockets: nothing to write where there is no peer, a
 * receive of nothing that a signal ends, a connect after a shutdown. */
#include "t.h"

static void on(int sig)
{
	(void)sig;
}

static void body(void)
{
	struct sockaddr_in sa;
	char b[8];
	struct iovec v[2] = { { b, 0 }, { b, 0 } };
	int fd, tcp[2];

	fd = DO(socket(AF_UNIX, SOCK_STREAM, 0));
	t_settle();
	SHOW(writev(fd, v, 2));
	SHOW(pwritev2(fd, v, 2, -1, 0));
	SHOW(write(fd, b, 0));
	SHOW(send(fd, b, 0, 0));
	DO(close(fd));
	t_tcp(tcp);
	T_POKED(recv(tcp[0], b, 0, 0));
	T_POKED(recv(tcp[0], b, 1, 0));
	t_close2(tcp);
	fd = t_listen(&sa);
	tcp[0] = DO(socket(AF_INET, SOCK_STREAM, 0));
	SHOW(shutdown(tcp[0], SHUT_RDWR));
	SHOW(connect(tcp[0], (struct sockaddr *)&sa, sizeof(sa)));
	DO(close(tcp[0]));
	DO(close(fd));
}

int main(void)
{
	t_handle(SIGUSR1, on, 0);
	t_both(body);
	return t_end();
}
