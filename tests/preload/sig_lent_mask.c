/* A handler that ends sigsuspend(), ppoll(), pselect() or epoll_pwait() adds to
   the mask that the call had in force, not to the thread's own. */
#include "t.h"

#include <sys/epoll.h>

static int depth;

static const char *blocked(int sig)
{
	sigset_t now;

	PDO(pthread_sigmask(SIG_SETMASK, NULL, &now));
	return sigismember(&now, sig) ? "blocked" : "open";
}

static void on(int sig)
{
	depth++;
	printf("%s, depth %d: USR1 %s, USR2 %s, HUP %s, TERM %s\n",
	       sig == SIGUSR1 ? "USR1" : "USR2", depth, blocked(SIGUSR1),
	       blocked(SIGUSR2), blocked(SIGHUP), blocked(SIGTERM));
	depth--;
}

/* Two come: one the call lets in, the other it holds off until its end. */
static void come(void)
{
	PDO(pthread_kill(pthread_self(), SIGUSR2));
	PDO(pthread_kill(pthread_self(), SIGUSR1));
}

static void calls(const sigset_t *mask, int fd, int ep)
{
	struct timespec ts = { 15, 0 };
	struct pollfd p = { fd, POLLIN, 0 };
	struct epoll_event ev;
	fd_set r;

	come();
	SHOW(sigsuspend(mask));
	come();
	SHOW(ppoll(&p, 1, &ts, mask));
	come();
	FD_ZERO(&r);
	FD_SET(fd, &r);
	SHOW(pselect(fd + 1, &r, NULL, NULL, &ts, mask));
	come();
	SHOW(epoll_pwait(ep, &ev, 1, 15000, mask));
}

static void body(void)
{
	sigset_t own, lent, before;
	int fd[2], ep;

	t_pair(SOCK_STREAM, fd);
	DO(ep = epoll_create1(0));
	sigemptyset(&own);
	sigaddset(&own, SIGUSR1);
	sigaddset(&own, SIGUSR2);
	sigaddset(&own, SIGHUP);
	PDO(pthread_sigmask(SIG_BLOCK, &own, &before));
	sigemptyset(&lent);
	sigaddset(&lent, SIGUSR2);
	sigaddset(&lent, SIGTERM);
	calls(&lent, fd[0], ep);
	/* at the end the pending one comes, beside the thread's own mask */
	PDO(pthread_sigmask(SIG_SETMASK, &before, NULL));
	t_close2(fd);
	DO(close(ep));
}

int main(void)
{
	t_handle(SIGUSR1, on, 0);
	t_handle(SIGUSR2, on, SA_RESTART);
	body();
	t_both(body);
	return t_end();
}
