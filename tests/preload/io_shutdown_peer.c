/* The peer's shutdown(SHUT_WR) is an end of file; the other way goes on. */
#include "t.h"

static void shut(int fd)
{
	DO(shutdown(fd, SHUT_WR));
}

static void one(int fd[2])
{
	char b[8];
	pthread_t th = t_after(shut, fd[1]);

	SHOW(recv(fd[0], b, 8, 0));
	SHOW(send(fd[0], "still", 5, 0));
	t_join(th);
	SHOW(recv(fd[1], b, 8, 0));
	SHOW(send(fd[1], "x", 1, MSG_NOSIGNAL));
	SHOW(shutdown(fd[1], SHUT_RD));
	SHOW(shutdown(fd[1], 99));
}

static void body(void)
{
	t_sockets(one);
}

int main(void)
{
	t_both(body);
	return t_end();
}
