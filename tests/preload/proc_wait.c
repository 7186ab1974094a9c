/* waitpid() and its like in threads: statuses, WNOHANG, ECHILD, a stopped child. */
#include "t.h"

static void body(void)
{
	int st, fd[2];
	siginfo_t si;
	char b;
	pid_t pid;

	SHOW(waitpid(-1, &st, 0));
	DO(pipe(fd));
	pid = DO(fork());
	if (!pid) {
		t_take(fd[0], &b, 1);
		_exit(13);
	}
	SHOW(waitpid(pid, &st, WNOHANG));
	t_put(fd[1], "x", 1);
	SHOW(waitpid(pid, &st, 0) == pid);
	printf("%d\n", WEXITSTATUS(st));
	SHOW(waitpid(pid, &st, 0));
	pid = DO(fork());
	if (!pid) {
		raise(SIGSTOP);
		_exit(14);
	}
	SHOW(waitpid(pid, &st, WUNTRACED) == pid);
	printf("stopped %d\n", WIFSTOPPED(st));
	DO(kill(pid, SIGCONT));
	memset(&si, 0, sizeof(si));
	SHOW(waitid(P_PID, (id_t)pid, &si, WEXITED));
	printf("%d %d\n", si.si_code == CLD_EXITED, si.si_status);
	for (int i = 0; i < 3; i++) {
		pid = DO(fork());
		if (!pid) {
			t_settle();
			_exit(i);
		}
		t_settle();
		SHOW((i == 0 ? wait(&st) :
		      i == 1 ? wait3(&st, 0, NULL) :
			       wait4(pid, &st, 0, NULL)) == pid);
		printf("%d\n", WEXITSTATUS(st));
	}
	t_close2(fd);
}

int main(void)
{
	t_both(body);
	return t_end();
}
