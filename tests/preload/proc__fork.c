/* _Fork(), by main and by a thread that has waited: the child reads, waits and
 * makes a thread. */
#include "t.h"

static int fd[2], back[2];

static void *in_child(void *arg)
{
	char b;

	t_take(fd[0], &b, 1);
	printf("child's thread: %c\n", b);
	return arg;
}

static void body(void)
{
	pid_t pid;
	char b;

	t_put(fd[1], "x", 1);
	t_take(fd[0], &b, 1);
	t_settle();
	pid = DO(_Fork());
	if (!pid) {
		t_put(back[1], "r", 1);
		t_take(fd[0], &b, 1);
		printf("child: %c\n", b);
		t_join(t_go(in_child, NULL));
		fflush(stdout);
		_exit(9);
	}
	t_take(back[0], &b, 1);
	t_settle();
	t_put(fd[1], "1", 1);
	t_settle();
	t_put(fd[1], "2", 1);
	t_reap(pid);
}

int main(void)
{
	DO(socketpair(AF_UNIX, SOCK_DGRAM, 0, fd));
	DO(pipe(back));
	printf("in main\n");
	body();
	printf("in a thread\n");
	t_in_thread(body);
	return t_end();
}
