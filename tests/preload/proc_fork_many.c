/* Several threads fork at the same time, again and again. */
#include "t.h"

#define THREADS 4

static void *forker(void *arg)
{
	long me = (long)(intptr_t)arg, bad = 0;

	for (int i = 0; i < 8; i++) {
		pid_t pid = fork();
		int st;

		if (pid < 0)
			t_die("fork");
		if (!pid) {
			int p[2];
			char b;

			DO(pipe(p));
			t_put(p[1], "x", 1);
			t_take(p[0], &b, 1);
			_exit((int)me * 8 + i);
		}
		DO(waitpid(pid, &st, 0));
		bad += !WIFEXITED(st) || WEXITSTATUS(st) != me * 8 + i;
	}
	return (void *)bad;
}

int main(void)
{
	pthread_t th[THREADS];

	t_background();
	for (long i = 0; i < THREADS; i++)
		th[i] = t_go(forker, (void *)i);
	for (int i = 0; i < THREADS; i++)
		printf("%ld bad\n", (long)t_join(th[i]));
	return t_end();
}
