/* A program that never makes a thread: everything as ever. */
#include "t.h"

int main(void)
{
	struct timeval tv = { 0, 30000 };
	struct pollfd p;
	char b[8];
	int fd[2];
	double t;
	pid_t pid;

	t_pair(SOCK_STREAM, fd);
	SHOW(fd[0]);
	pid = DO(fork());
	if (!pid) {
		t_put(fd[1], "child", 5);
		_exit(3);
	}
	SHOW(read(fd[0], b, 8));
	t_reap(pid);
	p = (struct pollfd){ fd[0], POLLIN, 0 };
	SHOW(poll(&p, 1, 20));
	DO(setsockopt(fd[0], SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv)));
	t = t_now();
	SHOW(recv(fd[0], b, 8, 0));
	CHECK(t_now() - t >= 0.025);
	SHOW(usleep(1000));
	SHOW(fcntl(fd[0], F_GETFL));
	return t_end();
}
