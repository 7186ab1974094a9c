/* A child made by clone(), or by a raw clone3(): it does blocking I/O, sleeps,
 * and makes threads. */
#include "t.h"
#include <linux/sched.h>
#include <sched.h>
#include <sys/syscall.h>

static char stack[1 << 18] __attribute__((aligned(16)));

static int child(void *arg)
{
	usleep(1000);
	t_talk();
	_exit((int)(intptr_t)arg);
}

static pid_t raw_clone3(void)
{
	struct clone_args c = { .exit_signal = SIGCHLD };
	long pid = syscall(SYS_clone3, &c, sizeof(c));

	if (pid < 0 && errno == ENOSYS)	/* some filters say so */
		pid = syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
	return (pid_t)DO(pid);
}

static void body(void)
{
	pid_t pid;

	fflush(stdout);
	pid = clone(child, stack + sizeof(stack), SIGCHLD, (void *)6);
	DO(pid);
	t_reap(pid);
	pid = raw_clone3();
	if (!pid)
		child((void *)7);
	t_reap(pid);
	SHOW(syscall(SYS_clone, -1L, 0, 0, 0, 0));
	SHOW(clone(NULL, stack, SIGCHLD, NULL));
	SHOW(clone(child, NULL, SIGCHLD, NULL));
}

int main(void)
{
	t_both(body);
	return t_end();
}
