/* The peer goes while poll() waits: POLLHUP, POLLRDHUP, POLLERR. */
#include "t.h"

static void shut(int fd)
{
	DO(close(fd));
}

static void reader(int fd[2])
{
	struct pollfd p = { fd[0], POLLIN | POLLRDHUP, 0 };
	pthread_t th = t_after(shut, fd[1]);

	fd[1] = -1;
	SHOW(poll(&p, 1, -1));
	printf("%#x\n", p.revents);
	t_join(th);
	p.events = 0;
	SHOW(poll(&p, 1, 0));
	printf("%#x\n", p.revents);
}

static void half(int fd[2])
{
	struct pollfd p = { fd[0], POLLIN | POLLRDHUP, 0 };

	DO(shutdown(fd[1], SHUT_WR));
	SHOW(poll(&p, 1, -1));
	printf("%#x\n", p.revents);
}

static void body(void)
{
	struct pollfd p;
	int fd[2];
	pthread_t th;

	t_streams(reader);
	t_sockets(half);
	/* A full pipe whose reader goes. */
	DO(pipe2(fd, O_NONBLOCK));
	while (write(fd[1], "0123456789", 10) > 0)
		;
	p = (struct pollfd){ fd[1], POLLOUT, 0 };
	th = t_after(shut, fd[0]);
	SHOW(poll(&p, 1, -1));
	printf("err %d\n", !!(p.revents & POLLERR));
	t_join(th);
	DO(close(fd[1]));
}

int main(void)
{
	t_both(body);
	return t_end();
}
