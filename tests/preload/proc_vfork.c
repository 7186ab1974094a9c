/* vfork() and exec in threads: status comes back, the parent is unharmed. */
#include "t.h"

static void *worker(void *arg)
{
	volatile long bad = 0;

	for (int i = 0; i < 5; i++) {
		pid_t pid = vfork();
		int st;

		if (!pid) {
			execl("/bin/sh", "sh", "-c", (char *)arg, NULL);
			_exit(127);
		}
		DO(waitpid(pid, &st, 0));
		bad += !WIFEXITED(st) || WEXITSTATUS(st) != 9;
	}
	return (void *)bad;
}

int main(void)
{
	pthread_t th[3];

	t_background();
	for (int i = 0; i < 3; i++)
		th[i] = t_go(worker, (void *)"exit 9");
	for (int i = 0; i < 3; i++)
		printf("%ld bad\n", (long)t_join(th[i]));
	return t_end();
}
