/* PR_SET_PDEATHSIG: a child hears of the end of the thread that has made it, by
   fork() or from a new program. */
#include "t.h"

#include <spawn.h>
#include <sys/prctl.h>

extern char **environ;
static int up[2];
static pid_t kid;

static void *forks(void *arg)
{
	char c;

	usleep(500);
	kid = DO(fork());
	if (kid == 0) {
		DO(prctl(PR_SET_PDEATHSIG, SIGUSR1));
		t_put(up[1], "x", 1);
		sleep(20);
		_exit(9);
	}
	t_take(up[0], &c, 1);
	return arg;
}

static void *spawns(void *arg)
{
	char *argv[] = { (char *)"self", (char *)"kid", NULL };
	char c;

	usleep(500);
	PDO(posix_spawn(&kid, "/proc/self/exe", NULL, NULL, argv, environ));
	t_take(up[0], &c, 1);
	return arg;
}

int main(int argc, char **argv)
{
	(void)argv;
	if (argc > 1) {
		DO(prctl(PR_SET_PDEATHSIG, SIGUSR2));
		t_put(9, "x", 1);
		sleep(20);
		return 9;
	}
	t_background();
	DO(pipe(up));
	DO(dup2(up[1], 9));
	for (int i = 0; i < 2; i++) {
		t_join(t_go(forks, NULL));
		t_reap(kid);
		t_join(t_go(spawns, NULL));
		t_reap(kid);
	}
	return t_end();
}
