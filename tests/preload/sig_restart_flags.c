/* While a call waits its descriptor becomes non-blocking: it notices when a
 * handler with SA_RESTART has it begin again. */
#include "t.h"
#include <sys/eventfd.h>

static void on(int sig)
{
	(void)sig;
}

static void *poker(void *arg)
{
	t_settle();
	DO(fcntl(*(int *)arg, F_SETFL, O_NONBLOCK));
	t_settle();
	return t_poker(NULL);
}

#define POKED(fd, e)                       \
	do {                               \
		DO(fcntl(fd, F_SETFL, 0)); \
		T_UNDER(poker, &(fd), e);  \
	} while (0)

static void one(int fd[2])
{
	char b[8];
	struct iovec v = { b, 8 };
	struct msghdr m = { .msg_iov = &v, .msg_iovlen = 1 };

	POKED(fd[0], read(fd[0], b, 8));
	POKED(fd[0], readv(fd[0], &v, 1));
	POKED(fd[0], recv(fd[0], b, 8, 0));
	POKED(fd[0], recvmsg(fd[0], &m, 0));
	POKED(fd[0], recv(fd[0], b, 8, MSG_WAITALL));
}

static void body(void)
{
	struct sockaddr_in sa;
	int fd[2], l;
	uint64_t n;

	t_sockets(one);
	printf("-- dgram\n");
	t_pair(SOCK_DGRAM, fd);
	one(fd);
	t_close2(fd);
	printf("-- others\n");
	l = t_listen(&sa);
	POKED(l, accept(l, NULL, NULL));
	DO(close(l));
	DO(pipe(fd));
	POKED(fd[0], read(fd[0], &n, sizeof(n)));
	t_close2(fd);
	fd[0] = DO(eventfd(0, 0));
	POKED(fd[0], read(fd[0], &n, sizeof(n)));
	DO(close(fd[0]));
}

int main(void)
{
	t_handle(SIGUSR1, on, SA_RESTART);
	t_both(body);
	return t_end();
}
