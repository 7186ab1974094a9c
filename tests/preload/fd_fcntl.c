/* fcntl(): descriptor flags, status flags, duplicates, pipe sizes, owners. */
#include "t.h"

static void body(void)
{
	int fd[2], d;

	DO(pipe(fd));
	SHOW(fcntl(fd[0], F_GETFD));
	SHOW(fcntl(fd[0], F_SETFD, FD_CLOEXEC));
	SHOW(fcntl(fd[0], F_GETFD));
	SHOW(fcntl(fd[0], F_GETFL));
	SHOW(fcntl(fd[1], F_GETFL));
	SHOW(fcntl(fd[1], F_SETFL, O_NONBLOCK | O_APPEND));
	SHOW(fcntl(fd[1], F_GETFL));
	SHOW(fcntl(fd[1], F_SETFL, 0));
	SHOW(fcntl(fd[1], F_GETFL));
	SHOW(fcntl(fd[0], F_GETPIPE_SZ));
	SHOW(fcntl(fd[0], F_SETPIPE_SZ, 4096));
	SHOW(fcntl(fd[0], F_GETPIPE_SZ));
	d = (int)SHOW(fcntl(fd[0], F_DUPFD, 40));
	SHOW(fcntl(d, F_GETFD));
	DO(close(d));
	d = (int)SHOW(fcntl(fd[0], F_DUPFD_CLOEXEC, 41));
	SHOW(fcntl(d, F_GETFD));
	DO(close(d));
	SHOW(fcntl(fd[0], F_DUPFD, -1));
	SHOW(fcntl(fd[0], 9999));
	SHOW(fcntl(fd[0], F_GETOWN));
	SHOW(fcntl(fd[0], F_GETSIG));
	t_close2(fd);
}

int main(void)
{
	t_both(body);
	return t_end();
}
