/* vfork() runs no pthread_atfork() handlers; fork() runs all, however many, and
   each as often as it was registered. */
#include "t.h"

static int prepared, parent, child, many;

static void on_prepare(void)
{
	prepared++;
}

static void on_parent(void)
{
	parent++;
}

static void on_child(void)
{
	child++;
}

static void on_many(void)
{
	many++;
}

static void body(void)
{
	pid_t pid;

	usleep(300);
	pid = DO(vfork());
	if (pid == 0)
		_exit(3);
	t_reap(pid);
	printf("after vfork %d %d %d %d\n", prepared, parent, child, many);
	pid = DO(fork());
	if (pid == 0) {
		printf("in the child %d %d %d %d\n", prepared, parent, child,
		       many);
		fflush(stdout);
		_exit(4);
	}
	t_reap(pid);
	printf("after fork %d %d %d %d\n", prepared, parent, child, many);
}

int main(void)
{
	PDO(pthread_atfork(on_prepare, on_parent, on_child));
	for (int i = 0; i < 300; i++)
		PDO(pthread_atfork(i % 2 ? on_many : NULL, NULL, NULL));
	t_both(body);
	return t_end();
}
