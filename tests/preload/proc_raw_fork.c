/* A child made by a raw system call, which libc does not hear of: it does
 * blocking I/O and makes threads. */
#include "t.h"
#include <sched.h>
#include <sys/syscall.h>

static int child(void)
{
	t_talk();
	return 5;
}

static void body(void)
{
	pid_t pid;

	fflush(stdout);
	pid = (pid_t)DO(syscall(SYS_fork));
	if (!pid)
		_exit(child());
	t_reap(pid);
	pid = (pid_t)DO(syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0));
	if (!pid)
		_exit(child());
	t_reap(pid);
}

int main(void)
{
	t_both(body);
	return t_end();
}
