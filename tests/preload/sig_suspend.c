/* pause() and sigsuspend() beside threads that wait on sockets. */
#include "t.h"

static int hits, done;
static pthread_t waiter;

static void on(int sig)
{
	(void)sig;
	t_inc(&hits);
}

static void *poker(void *arg)
{
	(void)arg;
	t_await((pthread_kill(waiter, SIGUSR1), t_get(&done)));
	return NULL;
}

static void body(void)
{
	sigset_t block, none, cur;
	pthread_t th;

	waiter = pthread_self();
	sigemptyset(&none);
	sigemptyset(&block);
	sigaddset(&block, SIGUSR1);
	t_set(&done, 0);
	th = t_go(poker, NULL);
	SHOW(pause());
	t_set(&done, 1);
	t_join(th);
	PDO(pthread_sigmask(SIG_BLOCK, &block, NULL));
	PDO(pthread_kill(waiter, SIGUSR1));
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
