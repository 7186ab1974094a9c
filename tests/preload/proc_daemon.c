/* daemon() and double fork: the daemon serves with threads; the one that began
 * it is long gone. */
#include "t.h"

static int up[2];

static void feed(int fd)
{
	t_put(fd, "x", 1);
}

static void serve(void)
{
	int fd[2];
	char b[4];
	pthread_t th;

	alarm(20);
	DO(pipe(fd));
	th = t_after(feed, fd[1]);
	t_take(fd[0], b, 1);
	t_join(th);
	t_put(up[1], "daemon", 6);
	_exit(0);
}

static void body(void)
{
	char b[8];

	for (int how = 0; how < 2; how++) {
		pid_t pid;

		t_pair(SOCK_STREAM, up);
		pid = DO(fork());
		if (!pid) {
			/* The daemon comes of a process that had threads. */
			t_background();
			t_settle();
			if (how) {
				if (DO(fork()))
					_exit(0);
				setsid();
			} else {
				DO(daemon(1, 1));
			}
			serve();
		}
		t_reap(pid);
		DO(close(up[1]));
		t_take(up[0], b, 6);
		printf("%.6s\n", b);
		SHOW(read(up[0], b, 8));
		DO(close(up[0]));
	}
}

int main(void)
{
	t_both(body);
	return t_end();
}
