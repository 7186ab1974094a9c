/* A child made by a raw system call, which libc does not hear of: it does
 * blocking I/O and makes threads. */
#include "t.h"
#include <sched.h>
#include <sys/syscall.h>

static int s[2];

static void *echo(void *arg)
{
	char b[4];
	ssize_t n;

	(void)arg;
	while ((n = read(s[1], b, 4)) > 0)
		t_put(s[1], b, (size_t)n);
	return NULL;
}

static int child(void)
{
	pthread_t th;
	char b[4];

	t_pair(SOCK_STREAM, s);
	th = t_go(echo, NULL);
	for (int i = 0; i < 20; i++) {
		t_put(s[0], "ping", 4);
		t_take(s[0], b, 4);
	}
	DO(shutdown(s[0], SHUT_WR));
	t_join(th);
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
