/* SA_RESETHAND, SA_NODEFER, sa_mask: for a thread that waits. */
#include "t.h"

static int fd[2], hits;
static volatile int depth, deepest;	/* raise() is declared a leaf */
static pthread_t waiter;

static void on_reset(int sig)
{
	struct sigaction now;

	DO(sigaction(sig, NULL, &now));
	printf("reset, default: %d\n", now.sa_handler == SIG_DFL);
	t_inc(&hits);
}

static void on_nest(int sig)
{
	if (++depth > deepest)
		deepest = depth;
	if (depth < 3)
		raise(sig);
	depth--;
	if (depth == 0)
		t_inc(&hits);
}

static void on_mask(int sig)
{
	sigset_t now;

	PDO(pthread_sigmask(SIG_SETMASK, NULL, &now));
	printf("blocked: self %d, USR2 %d, HUP %d\n", sigismember(&now, sig),
	       sigismember(&now, SIGUSR2), sigismember(&now, SIGHUP));
	t_inc(&hits);
}

static void feed(int sig)
{
	PDO(pthread_kill(waiter, sig));
	t_await(t_get(&hits));
	t_put(fd[1], "x", 1);
}

static void once(int sig, void (*fn)(int), int flags)
{
	struct sigaction sa = { .sa_flags = flags | SA_RESTART };
	sigset_t now;
	pthread_t th;
	char b;

	sa.sa_handler = fn;
	sigaddset(&sa.sa_mask, SIGUSR2);
	DO(sigaction(sig, &sa, NULL));
	t_set(&hits, 0);
	waiter = pthread_self();
	th = t_after(feed, sig);
	t_take(fd[0], &b, 1);
	t_join(th);
	PDO(pthread_sigmask(SIG_SETMASK, NULL, &now));
	printf("afterwards blocked: %d %d\n", sigismember(&now, sig),
	       sigismember(&now, SIGUSR2));
}

static void body(void)
{
	once(SIGUSR1, on_reset, SA_RESETHAND);
	deepest = 0;
	once(SIGUSR1, on_nest, SA_NODEFER);
	printf("deepest %d\n", deepest);
	once(SIGUSR1, on_mask, 0);
	once(SIGUSR1, on_mask, SA_NODEFER);
}

int main(void)
{
	DO(pipe(fd));
	t_both(body);
	return t_end();
}
