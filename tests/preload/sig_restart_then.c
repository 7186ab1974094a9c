/* A handler with SA_RESTART sends a signal that its mask holds back, and whose
 * handler is without SA_RESTART: that one comes when the first returns, and has
 * nothing to interrupt. */
#include "t.h"

static int hits;
static pthread_t waiter;

static void second(int sig)
{
	(void)sig;
	t_inc(&hits);
}

static void first(int sig)
{
	(void)sig;
	t_inc(&hits);
	PDO(pthread_kill(pthread_self(), SIGUSR2));
}

static void poke(int fd)
{
	t_set(&hits, 0);
	PDO(pthread_kill(waiter, SIGUSR1));
	t_await(t_get(&hits) == 2);
	t_settle();
	t_put(fd, "hello", 5);
}

#define POKED(fd, e)                     \
	do {                             \
		pthread_t th;            \
		waiter = pthread_self(); \
		th = t_after(poke, fd);  \
		SHOW(e);                 \
		t_join(th);              \
	} while (0)

static void one(int fd[2])
{
	char b[8];
	struct iovec v[2] = { { b, 4 }, { b + 4, 4 } };

	POKED(fd[1], read(fd[0], b, 8));
	POKED(fd[1], readv(fd[0], v, 2));
}

static void two(int fd[2])
{
	char b[8];

	POKED(fd[1], recv(fd[0], b, 8, 0));
	POKED(fd[1], recv(fd[0], b, 5, MSG_WAITALL));
}

static void body(void)
{
	t_streams(one);
	t_sockets(two);
}

int main(void)
{
	struct sigaction sa;

	memset(&sa, 0, sizeof(sa));
	sa.sa_handler = first;
	sa.sa_flags = SA_RESTART;
	sigaddset(&sa.sa_mask, SIGUSR2);
	DO(sigaction(SIGUSR1, &sa, NULL));
	t_handle(SIGUSR2, second, 0);
	t_both(body);
	return t_end();
}
