/* pause() and sigsuspend() beside threads that wait on sockets. */
#include "t.h"

static int hits;

static void on(int sig)
{
	(void)sig;
	t_inc(&hits);
}

static void body(void)
{
	sigset_t block, none, cur;

	sigemptyset(&none);
	sigemptyset(&block);
	sigaddset(&block, SIGUSR1);
	T_POKED(pause());
	PDO(pthread_sigmask(SIG_BLOCK, &block, NULL));
	PDO(pthread_kill(pthread_self(), SIGUSR1));
	SHOW(sigsuspend(&none));
	PDO(pthread_sigmask(SIG_SETMASK, NULL, &cur));
	printf("blocked %d\n", sigismember(&cur, SIGUSR1));
	PDO(pthread_sigmask(SIG_UNBLOCK, &block, NULL));
}

int main(void)
{
	t_handle(SIGUSR1, on, 0);
	t_both(body);
	CHECK(t_get(&hits) >= 4);
	return t_end();
}
