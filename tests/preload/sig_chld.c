/* SIGCHLD while main polls and threads wait: EINTR, then waitpid() finds it. */
#include "t.h"

static int hits;

static void on(int sig)
{
	(void)sig;
	t_inc(&hits);
}

int main(void)
{
	sigset_t set, none;

	sigemptyset(&none);
	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	t_handle(SIGCHLD, on, 0);
	PDO(pthread_sigmask(SIG_BLOCK, &set, NULL));
	t_background();
	t_background();
	for (int i = 1; i <= 3; i++) {
		pid_t pid = DO(fork());
		int st;

		if (!pid)
			_exit(i);
		SHOW(ppoll(NULL, 0, NULL, &none));
		printf("%d hits\n", hits);
		CHECK(waitpid(-1, &st, WNOHANG) == pid);
		printf("status %d\n", WEXITSTATUS(st));
	}
	return t_end();
}
