/* A thread is the owner of a socket (F_SETOWN_EX, by its id) and has it tell of
 * input by a signal: what the thread itself causes has come when the call that
 * causes it returns, and interrupts none after it. */
#include "t.h"

static __thread volatile int hits;

static void on(int sig)
{
	(void)sig;
	hits++;
}

static void body(void)
{
	struct f_owner_ex o = { F_OWNER_TID, gettid() };
	struct pollfd p = { .events = POLLIN };
	struct iovec v = { "x", 1 };
	struct msghdr m = { .msg_iov = &v, .msg_iovlen = 1 };
	int fd[2], wrong = 0, early = 0;
	char b[8];

	t_pair(SOCK_STREAM, fd);
	DO(fcntl(fd[0], F_SETOWN_EX, &o));
	DO(fcntl(fd[0], F_SETSIG, SIGRTMIN + 4));
	DO(fcntl(fd[0], F_SETFL, O_ASYNC));
	p.fd = fd[1];
	p.events = POLLPRI;
	hits = 0;
	for (int i = 0; i < 60; i++) {
		if (i % 6 == 0)
			t_settle();
		if (i % 3 == 0)
			DO(write(fd[1], "x", 1));
		else if (i % 3 == 1)
			DO(send(fd[1], "x", 1, 0));
		else
			DO(sendmsg(fd[1], &m, 0));
		early += hits != i + 1;
		wrong += poll(&p, 1, 2) != 0;
		t_take(fd[0], b, 1);
	}
	printf("late: %d, interrupted: %d\n", early, wrong);
	t_close2(fd);
}

int main(void)
{
	t_handle(SIGRTMIN + 4, on, 0);
	t_both(body);
	return t_end();
}
