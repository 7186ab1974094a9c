/* The reader goes while a write waits: the count so far, then EPIPE. */
#include "t.h"

static char buf[300000];

static void shut(int fd)
{
	t_await(t_readable(fd) == 65536);
	DO(close(fd));
}

static void body(void)
{
	int fd[2];
	pthread_t th;

	DO(pipe(fd));
	th = t_after(shut, fd[0]);
	SHOW(write(fd[1], buf, sizeof(buf)));
	SHOW(write(fd[1], buf, sizeof(buf)));
	SHOW(write(fd[1], buf, 1));
	t_join(th);
	DO(close(fd[1]));
}

int main(void)
{
	signal(SIGPIPE, SIG_IGN);
	t_both(body);
	return t_end();
}
