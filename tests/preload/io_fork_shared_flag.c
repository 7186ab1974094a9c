/* A child sets O_NONBLOCK on a shared description: it counts here as well. */
#include "t.h"

static void one(int fd[2])
{
	char b[4];
	pid_t pid;

	SHOW(fcntl(fd[0], F_GETFL) & O_NONBLOCK);
	pid = DO(fork());
	if (!pid)
		_exit(fcntl(fd[0], F_SETFL, O_NONBLOCK) ? 1 : 0);
	t_reap(pid);
	SHOW(!!(fcntl(fd[0], F_GETFL) & O_NONBLOCK));
	SHOW(read(fd[0], b, 4));
	pid = DO(fork());
	if (!pid)
		_exit(fcntl(fd[0], F_SETFL, 0) ? 1 : 0);
	t_reap(pid);
	SHOW(fcntl(fd[0], F_GETFL) & O_NONBLOCK);
	t_put(fd[1], "x", 1);
	SHOW(read(fd[0], b, 4));
}

static void body(void)
{
	t_streams(one);
}

int main(void)
{
	t_both(body);
	return t_end();
}
