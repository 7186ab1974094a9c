/* recvmmsg() on a socket with an error that nobody has fetched, so that poll()
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
	struct timespec ts = { 25, 0 };
	struct mmsghdr m[2];
	struct iovec v[2];
	char b[2][8];
	pthread_t th;

	DO(connect(from, (struct sockaddr *)&sa, sizeof(sa)));
	for (int i = 0; i < 2; i++) {
		v[i] = (struct iovec){ b[i], 8 };
		memset(&m[i], 0, sizeof(m[i]));
		m[i].msg_hdr.msg_iov = &v[i];
		m[i].msg_hdr.msg_iovlen = 1;
	}
	DO(setsockopt(fd, IPPROTO_IP, IP_RECVERR, &one, sizeof(one)));
	/* This is too long by the headers. */
	SHOW(sendto(fd, big, sizeof(big), 0, (struct sockaddr *)&sa,
		    sizeof(sa)));
	SHOW(poll(&p, 1, 0));
	printf("%#x\n", p.revents);
	T_POKED(recvmmsg(fd, m, 2, 0, NULL));
	T_POKED(recvmmsg(fd, m, 2, 0, &ts));
	T_POKED(recvmmsg(fd, m, 2, MSG_WAITFORONE, NULL));
	th = t_after(feed, from);
	SHOW(recvmmsg(fd, m, 2, MSG_WAITFORONE, NULL));
	printf("%.5s\n", b[0]);
	t_join(th);
	SHOW(poll(&p, 1, 0));
	printf("%#x\n", p.revents);
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
