/* abort() in a thread that has waited: SIGABRT's handler runs, and when it
 * returns the process dies; one that jumps out survives. */
#include "t.h"
#include <setjmp.h>

static int fd[2];
static __thread sigjmp_buf env;
static __thread int jump;

static void on(int sig)
{
	printf("handler of %s\n", sigabbrev_np(sig));
	if (jump)
		siglongjmp(env, 1);
}

static void *worker(void *arg)
{
	char b;

	t_take(fd[0], &b, 1);
	t_settle();
	jump = arg != NULL;
	if (sigsetjmp(env, 1) == 0)
		abort();
	printf("survived\n");
	t_take(fd[0], &b, 1);
	return NULL;
}

int main(void)
{
	DO(pipe(fd));
	t_handle(SIGABRT, on, 0);
	for (int i = 0; i < 4; i++) {
		pid_t pid;

		fflush(stdout);
		pid = DO(fork());
		if (!pid) {
			t_put(fd[1], "xx", 2);
			t_join(t_go(worker, i % 2 ? fd : NULL));
			return 0;
		}
		t_reap(pid);
		if (i % 2 == 0) {
			char b;

			t_take(fd[0], &b, 1);
		}
	}
	return t_end();
}
