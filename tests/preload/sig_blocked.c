/* A blocked signal does not disturb a wait; it is pending, and comes when it
 * is unblocked. */
#include "t.h"

static int hits;
static pthread_t waiter;

static void on(int sig)
{
	(void)sig;
	t_inc(&hits);
}

static void feed(int fd)
{
	PDO(pthread_kill(waiter, SIGUSR1));
	t_settle();
	printf("%d hits\n", t_get(&hits));
	t_put(fd, "x", 1);
}

static void body(void)
{
	sigset_t set, pend;
	int fd[2];
	char b;
	pthread_t th;

	hits = 0;
	waiter = pthread_self();
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	PDO(pthread_sigmask(SIG_BLOCK, &set, NULL));
	t_pair(SOCK_STREAM, fd);
	th = t_after(feed, fd[1]);
	SHOW(recv(fd[0], &b, 1, 0));
	t_join(th);
	DO(sigpending(&pend));
	printf("pending %d\n", sigismember(&pend, SIGUSR1));
	PDO(pthread_sigmask(SIG_UNBLOCK, &set, NULL));
	printf("%d hits\n", hits);
	DO(sigpending(&pend));
	printf("pending %d\n", sigismember(&pend, SIGUSR1));
	t_close2(fd);
}

int main(void)
{
	t_handle(SIGUSR1, on, 0);
	t_both(body);
	return t_end();
}
