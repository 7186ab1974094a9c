/* A handler writes to a pipe that main polls. */
#include "t.h"

static int fd[2];

static void on(int sig)
{
	char b = sig == SIGUSR1 ? '1' : '2';
	int e = errno;

	if (write(fd[1], &b, 1) != 1)
		_exit(98);
	errno = e;
}

static void kills(int sig)
{
	DO(kill(getpid(), sig));
}

int main(void)
{
	char b;

	DO(pipe(fd));
	t_handle(SIGUSR1, on, SA_RESTART);
	t_handle(SIGUSR2, on, SA_RESTART);
	t_background();
	for (int i = 0; i < 6; i++) {
		struct pollfd p = { fd[0], POLLIN, 0 };
		pthread_t th = t_after(kills, i % 2 ? SIGUSR1 : SIGUSR2);
		int r;

		while ((r = poll(&p, 1, -1)) < 0 && errno == EINTR)
			;
		printf("%d ", r);
		t_take(fd[0], &b, 1);
		printf("%c\n", b);
		t_join(th);
	}
	return t_end();
}
