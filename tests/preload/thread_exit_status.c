/* exit() in a worker while main and others wait: its status, its handlers. */
#include "t.h"

static void bye(void)
{
	printf("exit handler\n");
}

static int fd[2];

static void *worker(void *arg)
{
	char b;

	if (arg)
		t_take(fd[0], &b, 1);
	t_settle();
	exit(arg ? 5 : 6);
}

static void child(int early)
{
	int own[2];
	char b;

	atexit(bye);
	t_background();
	t_go(worker, early ? NULL : (void *)1);
	if (!early)
		t_put(fd[1], "x", 1);
	t_pair(SOCK_STREAM, own);
	SHOW(read(own[0], &b, 1));
}

int main(void)
{
	t_background();
	DO(pipe(fd));
	for (int i = 0; i < 2; i++) {
		pid_t pid = DO(fork());

		if (!pid) {
			child(i);
			_exit(9);
		}
		t_reap(pid);
	}
	return t_end();
}
