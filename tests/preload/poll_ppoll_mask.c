/* ppoll() and pselect() with a mask: a signal let in only there is EINTR. */
#include "t.h"

static int hits;

static void on(int sig)
{
	(void)sig;
	hits++;
}

static void body(void)
{
	int fd[2];
	struct pollfd p;
	struct timespec ts = { 15, 0 }, brief = { 0, 1000 };
	sigset_t none, cur;
	fd_set r;

	sigemptyset(&none);
	t_pair(SOCK_STREAM, fd);
	p = (struct pollfd){ fd[0], POLLIN, 0 };
	hits = 0;
	PDO(pthread_kill(pthread_self(), SIGUSR1));
	CHECK(hits == 0);
	SHOW(ppoll(&p, 1, &ts, &none));
	printf("%d hits\n", hits);
	SHOW(ppoll(&p, 1, &brief, &none));
	PDO(pthread_kill(pthread_self(), SIGUSR1));
	FD_ZERO(&r);
	FD_SET(fd[0], &r);
	SHOW(pselect(fd[0] + 1, &r, NULL, NULL, &ts, &none));
	printf("%d hits\n", hits);
	PDO(pthread_sigmask(SIG_SETMASK, NULL, &cur));
	CHECK(sigismember(&cur, SIGUSR1) == 1);
	t_close2(fd);
}

int main(void)
{
	sigset_t set;

	t_handle(SIGUSR1, on, 0);
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	PDO(pthread_sigmask(SIG_BLOCK, &set, NULL));
	t_both(body);
	return t_end();
}
