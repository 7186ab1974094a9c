/* The close-everything loop up to RLIMIT_NOFILE and over, in a daemon's child
 * that then starts threads. */
#include "t.h"

static int fd[2];

static void feed(int s)
{
	t_put(s, "x", 1);
}

static void child(void)
{
	long max = sysconf(_SC_OPEN_MAX);
	char b[4];
	pthread_t th;

	for (long i = 3; i < max + 10; i++)
		close((int)i);
	t_pair(SOCK_STREAM, fd);
	th = t_after(feed, fd[1]);
	SHOW(read(fd[0], b, 4));
	t_join(th);
	fflush(stdout);
	_exit(3);
}

int main(void)
{
	pid_t pid;

	t_background();
	pid = DO(fork());
	if (!pid)
		child();
	t_reap(pid);
	/* The parent's own waiting is as before. */
	t_pair(SOCK_STREAM, fd);
	{
		pthread_t th = t_after(feed, fd[1]);
		char b[4];

		SHOW(read(fd[0], b, 4));
		t_join(th);
	}
	return t_end();
}
