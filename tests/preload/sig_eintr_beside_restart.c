/* Two signals at once for a thread that waits, one whose handler restarts and
 * one whose handler does not: a call can't go on for ever under such pairs. */
#include "t.h"

static int sv[2];

static void on(int sig)
{
	(void)sig;
}

static void *pairs(void *arg)
{
	(void)arg;
	t_await((pthread_kill(t_waiter, SIGUSR1),
		 pthread_kill(t_waiter, SIGTERM), t_get(&t_poked)));
	return NULL;
}

#define UNDER_PAIRS(e) T_UNDER(pairs, NULL, e)

static void body(void)
{
	struct pollfd p = { .fd = sv[0], .events = POLLIN };
	struct msghdr m = { 0 };
	sem_t sem;
	char c;

	DO(sem_init(&sem, 0, 0));
	for (int i = 0; i < 3; i++) {
		UNDER_PAIRS(read(sv[0], &c, 1));
		UNDER_PAIRS(recvmsg(sv[0], &m, 0));
		UNDER_PAIRS(poll(&p, 1, -1));
		UNDER_PAIRS(sem_wait(&sem));
	}
	sem_destroy(&sem);
}

int main(void)
{
	t_handle(SIGUSR1, on, SA_RESTART);
	t_handle(SIGTERM, on, 0);
	DO(socketpair(AF_UNIX, SOCK_STREAM, 0, sv));
	t_both(body);
	return t_end();
}
