/* shutdown() of the own socket ends a blocked recv() with 0. */
#include "t.h"

static void shut(int fd)
{
	DO(shutdown(fd, SHUT_RD));
}

static void shut_both(int fd)
{
	DO(shutdown(fd, SHUT_RDWR));
}

static void one(int fd[2])
{
	char b[8];
	pthread_t th = t_after(shut, fd[0]);

	SHOW(recv(fd[0], b, 8, 0));
	t_join(th);
	SHOW(recv(fd[0], b, 8, 0));
}

static void two(int fd[2])
{
	char b[8];
	pthread_t th = t_after(shut_both, fd[0]);

	SHOW(read(fd[0], b, 8));
	t_join(th);
	SHOW(recv(fd[1], b, 8, 0));
	SHOW(send(fd[0], b, 8, MSG_NOSIGNAL));
}

static void body(void)
{
	t_sockets(one);
	t_sockets(two);
}

int main(void)
{
	t_both(body);
	return t_end();
}
