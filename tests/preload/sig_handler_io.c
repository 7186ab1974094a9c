/* A handler that itself reads and writes sockets, in the middle of a wait. */
#include "t.h"

static int side[2], hits;
static pthread_t waiter;

static void on(int sig)
{
	char b;
	int e = errno;

	(void)sig;
	/* This read may have to wait, too. */
	if (read(side[0], &b, 1) != 1 || write(side[0], &b, 1) != 1)
		_exit(97);
	errno = e;
	t_inc(&hits);
}

static void sends(int fd)
{
	char b;

	PDO(pthread_kill(waiter, SIGUSR1));
	t_settle();
	t_put(side[1], "q", 1);
	t_take(side[1], &b, 1);
	t_await(t_get(&hits) == 1);
	t_put(fd, "data", 4);
}

static void body(void)
{
	int fd[2];
	char b[8];
	pthread_t th;

	t_set(&hits, 0);
	waiter = pthread_self();
	t_pair(SOCK_STREAM, fd);
	th = t_after(sends, fd[1]);
	SHOW(recv(fd[0], b, 8, 0));
	t_join(th);
	t_close2(fd);
}

int main(void)
{
	t_pair(SOCK_STREAM, side);
	t_handle(SIGUSR1, on, SA_RESTART);
	t_both(body);
	return t_end();
}
