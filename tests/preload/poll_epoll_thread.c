/* epoll_wait() and its kin in threads that have waited otherwise before. */
#include "t.h"
#include <sys/epoll.h>

static int fd[2], signals;

static void on_usr1(int sig)
{
	(void)sig;
	t_inc(&signals);
}

static void put(int s)
{
	t_put(s, "x", 1);
}

/* Have waited for a socket. */
static void wait_first(void)
{
	pthread_t th;
	int s[2];
	char c;

	t_pair(SOCK_STREAM, s);
	th = t_after(put, s[1]);
	t_take(s[0], &c, 1);
	t_join(th);
	t_close2(s);
}

static void kill_main(int n)
{
	for (int i = 0; i < n; i++) {
		t_settle();
		DO(kill(getpid(), SIGUSR1));
	}
}

static void body(void)
{
	struct epoll_event ev = { .events = EPOLLIN }, got = { 0 };
	int ep = DO(epoll_create1(EPOLL_CLOEXEC)), ep2 = DO(epoll_create(1));
	struct timespec ts = { 0, 1000000 };
	sigset_t none;
	pthread_t th;
	char c;

	sigemptyset(&none);
	t_pair(SOCK_STREAM, fd);
	ev.data.u32 = 7;
	DO(epoll_ctl(ep, EPOLL_CTL_ADD, fd[0], &ev));
	ev.data.u32 = 8;
	DO(epoll_ctl(ep2, EPOLL_CTL_ADD, ep, &ev));
	SHOW(epoll_wait(ep, &got, 1, 0));
	SHOW(epoll_wait(ep, &got, 1, 1));
	wait_first();
	th = t_after(put, fd[1]);
	SHOW(epoll_wait(ep, &got, 1, -1));
	printf("%x %u\n", got.events, got.data.u32);
	t_join(th);
	t_take(fd[0], &c, 1);
	wait_first();
	th = t_after(put, fd[1]);
	SHOW(epoll_pwait(ep2, &got, 1, -1, &none));
	printf("%x %u\n", got.events, got.data.u32);
	t_join(th);
	t_take(fd[0], &c, 1);
	wait_first();
	SHOW(epoll_pwait2(ep, &got, 1, &ts, NULL));
	th = t_after(put, fd[1]);
	SHOW(epoll_pwait2(ep, &got, 1, NULL, &none));
	t_join(th);
	t_take(fd[0], &c, 1);
	SHOW(epoll_wait(ep, &got, 0, 1));
	SHOW(epoll_wait(fd[0], &got, 1, 1));
	SHOW(epoll_wait(-1, &got, 1, 1));
	t_close2(fd);
	SHOW(epoll_wait(ep, &got, 1, 0));
	DO(close(ep));
	DO(close(ep2));
}

int main(void)
{
	struct epoll_event got;
	sigset_t usr1, old;
	pthread_t th;
	int ep;

	t_handle(SIGUSR1, on_usr1, SA_RESTART);
	/* in every thread, for the signal is the process's */
	sigemptyset(&usr1);
	sigaddset(&usr1, SIGUSR1);
	PDO(pthread_sigmask(SIG_BLOCK, &usr1, &old));
	t_both(body);
	/* blocked but while it waits: the wait ends, always with EINTR */
	ep = DO(epoll_create1(0));
	th = t_after(kill_main, 1);
	SHOW(epoll_pwait(ep, &got, 1, -1, &old));
	t_join(th);
	printf("%d signals\n", t_get(&signals));
	return t_end();
}
