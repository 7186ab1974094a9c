/* While a call waits its socket gets a time limit: it notices when a handler
 * with SA_RESTART has it begin again. */
#include "t.h"

static pthread_t waiter;

static void on(int sig)
{
	(void)sig;
}

static void limit(int fd, int us)
{
	struct timeval tv = { 0, us };

	DO(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv)));
}

static void poke(int fd)
{
	limit(fd, 1000);
	t_settle();
	PDO(pthread_kill(waiter, SIGUSR1));
}

/* What began between the two steps above may be interrupted: then again. */
static int poked(int fd, long (*fn)(int fd))
{
	pthread_t th;
	int e;

	do {
		limit(fd, 0);
		waiter = pthread_self();
		th = t_after(poke, fd);
		e = fn(fd) < 0 ? errno : 0;
		t_join(th);
	} while (e == EINTR);
	return e;
}

static long by_read(int fd)
{
	char b[8];

	return read(fd, b, 8);
}

static long by_readv(int fd)
{
	char b[8];
	struct iovec v[2] = { { b, 4 }, { b + 4, 4 } };

	return readv(fd, v, 2);
}

static long by_recv(int fd)
{
	char b[8];

	return recv(fd, b, 8, 0);
}

static long by_recvmsg(int fd)
{
	char b[8];
	struct iovec v = { b, 8 };
	struct msghdr m = { .msg_iov = &v, .msg_iovlen = 1 };

	return recvmsg(fd, &m, 0);
}

static long by_waitall(int fd)
{
	char b[8];

	return recv(fd, b, 8, MSG_WAITALL);
}

static long by_accept(int fd)
{
	return accept(fd, NULL, NULL);
}

static void one(int fd[2])
{
	PSHOW(poked(fd[0], by_read));
	PSHOW(poked(fd[0], by_readv));
	PSHOW(poked(fd[0], by_recv));
	PSHOW(poked(fd[0], by_recvmsg));
	PSHOW(poked(fd[0], by_waitall));
}

static void body(void)
{
	struct sockaddr_in sa;
	int fd[2], l;

	t_sockets(one);
	printf("-- dgram\n");
	t_pair(SOCK_DGRAM, fd);
	one(fd);
	t_close2(fd);
	printf("-- accept\n");
	l = t_listen(&sa);
	PSHOW(poked(l, by_accept));
	DO(close(l));
}

int main(void)
{
	t_handle(SIGUSR1, on, SA_RESTART);
	t_both(body);
	return t_end();
}
