/* A reset: ECONNRESET once, for a waiting reader too, then end of file. */
#include "t.h"

static void reset(int fd)
{
	struct linger l = { 1, 0 };

	DO(setsockopt(fd, SOL_SOCKET, SO_LINGER, &l, sizeof(l)));
	DO(close(fd));
}

static void body(void)
{
	char b[8];
	int fd[2], e = 0;
	socklen_t len = sizeof(e);
	pthread_t th;

	t_tcp(fd);
	th = t_after(reset, fd[1]);
	SHOW(recv(fd[0], b, 8, 0));
	t_join(th);
	SHOW(recv(fd[0], b, 8, 0));
	SHOW(send(fd[0], b, 8, MSG_NOSIGNAL));
	DO(close(fd[0]));

	t_tcp(fd);
	reset(fd[1]);
	SHOW(send(fd[0], b, 8, MSG_NOSIGNAL));
	SHOW(read(fd[0], b, 8));
	DO(close(fd[0]));

	t_tcp(fd);
	reset(fd[1]);
	DO(getsockopt(fd[0], SOL_SOCKET, SO_ERROR, &e, &len));
	printf("SO_ERROR %s\n", strerrorname_np(e));
	SHOW(read(fd[0], b, 8));
	DO(close(fd[0]));
}

int main(void)
{
	t_both(body);
	return t_end();
}
