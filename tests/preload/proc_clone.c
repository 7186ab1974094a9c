/* A child made by clone(), or by a raw clone3(): it does blocking I/O, sleeps,
 * and makes threads. */
#include "t.h"
#include <linux/sched.h>
#include <sched.h>
#include <sys/syscall.h>

static int s[2];
static char stack[1 << 18] __attribute__((aligned(16)));

static void *echo(void *arg)
{
	char b[4];
	ssize_t n;

	(void)arg;
	while ((n = read(s[1], b, 4)) > 0)
		t_put(s[1], b, (size_t)n);
	return NULL;
}

static int child(void *arg)
{
	pthread_t th;
	char b[4];

	usleep(1000);
	t_pair(SOCK_STREAM, s);
	th = t_go(echo, NULL);
	for (int i = 0; i < 20; i++) {
		t_put(s[0], "ping", 4);
		t_take(s[0], b, 4);
	}
	DO(shutdown(s[0], SHUT_WR));
	t_join(th);
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
