/* POLLOUT comes when the reader makes room. */
#include "t.h"

static void drain(int fd)
{
	static char in[65536];

	while (read(fd, in, sizeof(in)) > 0 && t_readable(fd))
		;
}

static void one(int fd[2])
{
	static char big[65536];
	struct pollfd p = { fd[1], POLLOUT, 0 };
	pthread_t th;

	DO(fcntl(fd[1], F_SETFL, O_NONBLOCK));
	while (poll(&p, 1, 0) == 1)
		while (write(fd[1], big, sizeof(big)) > 0)
			;
	th = t_after(drain, fd[0]);
	SHOW(poll(&p, 1, 10000));
	printf("%#x\n", p.revents);
	t_join(th);
}

static void body(void)
{
	int fd[2];

	DO(pipe(fd));
	one(fd);
	t_close2(fd);
	t_pair(SOCK_STREAM, fd);
	one(fd);
	t_close2(fd);
}

int main(void)
{
	t_both(body);
	return t_end();
}
