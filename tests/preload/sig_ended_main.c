/* The main thread has ended, and so have others that did not block a signal: one
 * that is for the process stays pending for the thread that does. */
#include "t.h"

static void *briefly(void *arg)
{
	t_settle();
	return arg;
}

static void ended(void)
{
	pthread_t th[6];

	for (int i = 0; i < 6; i++)
		th[i] = t_go(briefly, NULL);
	for (int i = 0; i < 6; i++)
		t_join(th[i]);
}

/* Z: a zombie, as a main thread is that has ended. */
static int main_is_over(void)
{
	char line[300] = "";
	FILE *f = fopen("/proc/self/stat", "r");
	const char *at;

	if (!f || !fgets(line, sizeof(line), f))
		t_die("stat");
	fclose(f);
	at = strrchr(line, ')');
	return at && at[2] == 'Z';
}

static void *takes(void *arg)
{
	struct timespec ts = { .tv_sec = 10 };
	sigset_t set;
	siginfo_t info;

	t_await(main_is_over());
	sigemptyset(&set);
	sigaddset(&set, SIGUSR2);
	for (int i = 0; i < 5; i++) {
		PDO(pthread_sigmask(SIG_UNBLOCK, &set, NULL));
		ended();
		PDO(pthread_sigmask(SIG_BLOCK, &set, NULL));
		DO(kill(getpid(), SIGUSR2));
		printf("taken: %d\n",
		       sigtimedwait(&set, &info, &ts) == SIGUSR2);
	}
	exit(t_end());
	return arg;
}

int main(void)
{
	ended();
	t_go(takes, NULL);
	pthread_exit(NULL);
}
