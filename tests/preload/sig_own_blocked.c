/* Signals that a thread could bring on itself, but that are sent to it while it
 * blocks them, stay away when it takes another. */
#include "t.h"

static const int own[] = { SIGBUS, SIGFPE, SIGILL, SIGSEGV, SIGTRAP, SIGSYS };
static int fd[2], taken, others;
static pthread_t waiter;

static void on_usr1(int sig)
{
	(void)sig;
	t_inc(&others);
}

static void on_own(int sig)
{
	printf("%d after %d, and %d\n", sig, t_get(&others), t_get(&taken));
}

static void feed(int s)
{
	for (size_t i = 0; i < sizeof(own) / sizeof(*own); i++)
		PDO(pthread_kill(waiter, own[i]));
	for (int i = 1; i <= 3; i++) {
		PDO(pthread_kill(waiter, SIGUSR1));
		t_await(t_get(&others) >= i);
	}
	t_put(s, "x", 1);
}

static void body(void)
{
	sigset_t set, before;
	pthread_t th;
	char b;

	sigemptyset(&set);
	for (size_t i = 0; i < sizeof(own) / sizeof(*own); i++)
		sigaddset(&set, own[i]);
	PDO(pthread_sigmask(SIG_BLOCK, &set, &before));
	t_set(&others, 0);
	t_set(&taken, 0);
	waiter = pthread_self();
	th = t_after(feed, fd[1]);
	t_take(fd[0], &b, 1);
	t_set(&taken, 1);
	t_join(th);
	PDO(pthread_sigmask(SIG_SETMASK, &before, NULL));
}

int main(void)
{
	struct sigaction sa = { .sa_flags = SA_RESTART };

	t_pair(SOCK_STREAM, fd);
	sa.sa_handler = on_usr1;
	DO(sigaction(SIGUSR1, &sa, NULL));
	sa.sa_handler = on_own;
	for (size_t i = 0; i < sizeof(own) / sizeof(*own); i++)
		DO(sigaction(own[i], &sa, NULL));
	t_both(body);
	return t_end();
}
