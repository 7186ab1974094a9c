/* A thread traces a child of its own, and waits for other things in between:
 * to the kernel it is one and the same thread that traces. */
#include "t.h"
#include <sys/ptrace.h>

static int fd[2];
static long word = 0x1234567;

static void wait_a_bit(void)
{
	char b;

	t_put(fd[1], "x", 1);
	t_take(fd[0], &b, 1);
	t_settle();
}

static void child(void)
{
	word = 0x7654321;
	DO(ptrace(PTRACE_TRACEME, 0, NULL, NULL));
	raise(SIGSTOP);
	_exit(7);
}

static void *tracer(void *arg)
{
	siginfo_t info;
	int status;
	pid_t pid;

	(void)arg;
	wait_a_bit();
	pid = DO(fork());
	if (pid == 0)
		child();
	CHECK(waitpid(pid, &status, 0) == pid);
	CHECK(WIFSTOPPED(status) && WSTOPSIG(status) == SIGSTOP);
	for (int i = 0; i < 3; i++) {
		wait_a_bit();
		printf("the child's word: %#lx\n",
		       ptrace(PTRACE_PEEKDATA, pid, &word, NULL));
		SHOW(ptrace(PTRACE_GETSIGINFO, pid, NULL, &info));
		printf("stopped by %s\n", sigabbrev_np(info.si_signo));
	}
	wait_a_bit();
	SHOW(ptrace(PTRACE_CONT, pid, NULL, NULL));
	CHECK(waitpid(pid, &status, 0) == pid);
	CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 7);
	SHOW(ptrace(PTRACE_CONT, pid, NULL, NULL));
	return NULL;
}

int main(void)
{
	DO(pipe(fd));
	t_background();
	t_join(t_go(tracer, NULL));
	return t_end();
}
