/* exit, _exit, _Exit, quick_exit, abort and return from main, by main and by a
 * thread that has waited: status, atexit handlers, flushed output. */
#include "t.h"

static int fd[2];
static const char *how;

static void at(void)
{
	char b;

	/* it may wait */
	t_put(fd[1], "x", 1);
	t_take(fd[0], &b, 1);
	printf("atexit\n");
}

static void at_quick(void)
{
	printf("at_quick_exit\n");
}

static void *end(void *arg)
{
	char b;

	(void)arg;
	t_put(fd[1], "x", 1);
	t_take(fd[0], &b, 1);
	t_settle();
	if (!strcmp(how, "exit"))
		exit(3);
	if (!strcmp(how, "_exit"))
		_exit(4);
	if (!strcmp(how, "_Exit"))
		_Exit(5);
	if (!strcmp(how, "quick_exit"))
		quick_exit(6);
	if (!strcmp(how, "abort"))
		abort();
	return NULL;
}

static int child(int in_thread)
{
	DO(pipe(fd));
	DO(atexit(at));
	DO(at_quick_exit(at_quick));
	t_background();
	if (in_thread)
		t_join(t_go(end, NULL));
	end(NULL);
	return 7;
}

int main(void)
{
	static const char *const all[] = { "exit",  "_exit", "_Exit",
					   "quick_exit", "abort", "return" };

	for (int i = 0; i < 12; i++) {
		pid_t pid;

		how = all[i % 6];
		printf("-- %s%s\n", how, i < 6 ? "" : " in a thread");
		fflush(stdout);
		pid = DO(fork());
		if (!pid)
			return child(i >= 6);
		t_reap(pid);
	}
	return t_end();
}
