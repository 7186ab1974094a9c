/* shutdown() of a polled socket by another thread ends the poll. */
#include "t.h"

static void shut(int fd)
{
	DO(shutdown(fd, SHUT_RDWR));
}

static void one(int fd[2])
{
	struct pollfd p = { fd[0], POLLIN | POLLRDHUP, 0 };
	pthread_t th = t_after(shut, fd[0]);
	char b[4];

	SHOW(poll(&p, 1, -1));
	printf("in %d\n", !!(p.revents & POLLIN));
	t_join(th);
	SHOW(read(fd[0], b, 4));
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
