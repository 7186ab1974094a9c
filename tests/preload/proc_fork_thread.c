/* fork() in a thread: the child does blocking I/O with threads of its own,
 * and its exit status comes back. */
#include "t.h"

static void feed(int fd)
{
	t_put(fd, "abc", 3);
}

static void body(void)
{
	int up[2];
	char b[8];
	pid_t pid;

	t_pair(SOCK_STREAM, up);
	pid = DO(fork());
	if (!pid) {
		int fd[2];
		pthread_t th;

		t_pair(SOCK_STREAM, fd);
		th = t_after(feed, fd[1]);
		if (read(fd[0], b, 8) != 3)
			_exit(1);
		t_join(th);
		if (getpid() != gettid())
			_exit(2);
		t_put(up[1], "child", 5);
		/* Waits for the parent. */
		if (read(up[1], b, 8) != 2)
			_exit(3);
		_exit(42);
	}
	t_take(up[0], b, 5);
	printf("%.5s\n", b);
	t_put(up[0], "go", 2);
	t_reap(pid);
	t_close2(up);
}

int main(void)
{
	t_both(body);
	return t_end();
}
