/* An action that is changed to be ignored, and back, while signals come: none
 * of them finds no handler where there had to be one. */
#include "t.h"

static int stop;

static void on(int sig)
{
	(void)sig;
}

static void *sends(void *arg)
{
	(void)arg;
	while (!t_get(&stop))
		kill(getpid(), SIGUSR1);
	return NULL;
}

static void body(void)
{
	pthread_t th;

	t_set(&stop, 0);
	signal(SIGUSR1, on);
	th = t_go(sends, NULL);
	for (int i = 0; i < 3000; i++) {
		signal(SIGUSR1, SIG_IGN);
		signal(SIGUSR1, on);
	}
	t_set(&stop, 1);
	t_join(th);
}

int main(void)
{
	t_both(body);
	return t_end();
}
