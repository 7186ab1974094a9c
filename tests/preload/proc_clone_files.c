/* A child of clone() that has the descriptors in common with its parent takes
 * none of them away. */
#include "t.h"
#include <sched.h>
#include <sys/syscall.h>
#include <sys/wait.h>

static int to[2], from[2];
static char stack[65536] __attribute__((aligned(16)));

static void *echoes(void *arg)
{
	char c;

	while (read(to[0], &c, 1) == 1)
		t_put(from[1], &c, 1);
	return arg;
}

static int child(void *arg)
{
	(void)arg;
	return 5;
}

static void talk(void)
{
	char c = 'x';
	int n = 0;

	for (int i = 0; i < 100; i++) {
		t_put(to[1], &c, 1);
		t_take(from[0], &c, 1);
		n++;
	}
	printf("%d\n", n);
}

static void ends(pid_t pid)
{
	int status = 0;

	SHOW(waitpid(pid, &status, 0) == pid);
	printf("status %d\n", WEXITSTATUS(status));
}

int main(void)
{
	pthread_t th;
	pid_t pid;

	DO(pipe(to));
	DO(pipe(from));
	th = t_go(echoes, NULL);
	talk();
	pid = clone(child, stack + sizeof(stack), CLONE_FILES | SIGCHLD, NULL);
	ends(pid);
	talk();
	pid = (pid_t)syscall(SYS_clone, CLONE_FILES | SIGCHLD, 0, 0, 0, 0);
	if (pid == 0)
		_exit(6);
	ends(pid);
	talk();
	DO(close(to[1]));
	t_join(th);
	return t_end();
}
