/* A receive on a socket with an error that nobody has fetched, so that poll()
 * says POLLERR: it waits all the same, until a message or a signal comes. */
#include "t.h"

static int hits;
static char big[65520];

static void on(int sig)
{
	(void)sig;
	t_inc(&hits);
}

static void feed(int fd)
{
	DO(send(fd, "later", 5, 0));
}

static void body(void)
{
	struct sockaddr_in sa;
	int fd = t_bound(SOCK_DGRAM, &sa), one = 1;
	int from = DO(socket(AF_INET, SOCK_DGRAM, 0));
	struct pollfd p = { fd, POLLIN, 0 };
	char b[8];
	struct iovec v = { b, 8 };
	struct msghdr m = { .msg_iov = &v, .msg_iovlen = 1 };
	pthread_t th;

	DO(connect(from, (struct sockaddr *)&sa, sizeof(sa)));
	DO(setsockopt(fd, IPPROTO_IP, IP_RECVERR, &one, sizeof(one)));
	/* This is too long by the headers. */
	SHOW(sendto(fd, big, sizeof(big), 0, (struct sockaddr *)&sa,
		    sizeof(sa)));
	SHOW(poll(&p, 1, 0));
	printf("%#x\n", p.revents);
	T_POKED(recv(fd, b, 8, 0));
	T_POKED(recvfrom(fd, b, 8, 0, NULL, NULL));
	T_POKED(recvmsg(fd, &m, 0));
	T_POKED(read(fd, b, 8));
	T_POKED(readv(fd, &v, 1));
	th = t_after(feed, from);
	SHOW(recv(fd, b, 8, 0));
	printf("%.5s\n", b);
	t_join(th);
	DO(close(from));
	DO(close(fd));
}

int main(void)
{
	t_handle(SIGUSR1, on, 0);
	t_both(body);
	CHECK(t_get(&hits) > 0);
	return t_end();
}
