/* A child of vfork() asks for a signal's action: it is told its parent's, and
 * what it sets itself is its own. */
#include "t.h"

static void on(int sig)
{
	(void)sig;
}

static void other(int sig)
{
	(void)sig;
}

static struct sigaction seen[3];

int main(void)
{
	struct sigaction sa = { .sa_handler = other }, now;
	int status;
	pid_t pid;

	t_handle(SIGUSR1, on, SA_RESTART);
	sigaddset(&sa.sa_mask, SIGTERM);
	pid = vfork();
	if (pid == 0) {
		sigaction(SIGUSR1, NULL, &seen[0]);
		sigaction(SIGUSR1, &sa, &seen[1]);
		sigaction(SIGUSR1, NULL, &seen[2]);
		_exit(0);
	}
	DO(waitpid(pid, &status, 0));
	for (int i = 0; i < 3; i++) {
		SHOW(seen[i].sa_handler == on);
		SHOW(seen[i].sa_handler == other);
		SHOW(seen[i].sa_flags & SA_RESTART);
		SHOW(seen[i].sa_flags & SA_SIGINFO);
		SHOW(sigismember(&seen[i].sa_mask, SIGTERM));
		SHOW(sigismember(&seen[i].sa_mask, SIGUSR1));
	}
	DO(sigaction(SIGUSR1, NULL, &now));
	CHECK(now.sa_handler == on);
	DO(raise(SIGUSR1));
	return t_end();
}
