/* A signalfd tells of a signal for the very thread that polls it, whoever has sent
 * that: here a timer of the kernel's. */
#include "t.h"
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>

static int fd, ep;

static int polls(int timeout)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	return poll(&p, 1, timeout);
}

static int selects(struct timeval *tv)
{
	fd_set set;

	FD_ZERO(&set);
	FD_SET(fd, &set);
	return select(fd + 1, &set, NULL, NULL, tv);
}

static int epolls(int timeout)
{
	struct epoll_event ev;

	return epoll_wait(ep, &ev, 1, timeout);
}

static void *thread(void *arg)
{
	struct itimerspec soon = { .it_value.tv_nsec = 2000000 };
	struct sigevent se = { .sigev_notify = SIGEV_THREAD_ID,
			       .sigev_signo = SIGUSR1 };
	struct timeval now = { 0 };
	struct signalfd_siginfo si;
	timer_t timer;

	(void)arg;
	se._sigev_un._tid = (pid_t)syscall(SYS_gettid);
	DO(timer_create(CLOCK_MONOTONIC, &se, &timer));
	fd = DO(signalfd(-1, &(sigset_t){ { 1UL << (SIGUSR1 - 1) } }, 0));
	ep = DO(epoll_create1(0));
	DO(epoll_ctl(ep, EPOLL_CTL_ADD, fd,
		     &(struct epoll_event){ .events = EPOLLIN }));
	for (int i = 0; i < 5; i++) {
		/* away, if anywhere */
		t_settle();
		DO(timer_settime(timer, 0, &soon, NULL));
		switch (i) {
		case 0:
			SHOW(polls(-1));
			break;
		case 1:
			SHOW(selects(NULL));
			break;
		case 2:
			SHOW(epolls(-1));
			break;
		case 3:
			t_await(polls(0) == 1);
			break;
		case 4:
			t_await(epolls(0) == 1);
			break;
		}
		SHOW(selects(&now));
		SHOW(read(fd, &si, sizeof(si)));
		SHOW(polls(0));
	}
	return NULL;
}

int main(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	PDO(pthread_sigmask(SIG_BLOCK, &set, NULL));
	for (int i = 0; i < 3; i++)
		t_background();
	t_join(t_go(thread, NULL));
	return t_end();
}
