/* SO_RCVTIMEO on datagram and seqpacket sockets, and on UDP. */
#include "t.h"

static void feed(int fd)
{
	DO(send(fd, "in time", 7, 0));
}

static void one(int fd[2])
{
	struct timeval tv = { 0, 50000 };
	char b[16];
	pthread_t th;
	double t;

	DO(setsockopt(fd[0], SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv)));
	t = t_now();
	SHOW(recv(fd[0], b, 16, 0));
	CHECK(t_now() - t >= 0.045);
	t = t_now();
	SHOW(recvfrom(fd[0], b, 16, 0, NULL, NULL));
	CHECK(t_now() - t >= 0.045);
	tv.tv_sec = 15;
	DO(setsockopt(fd[0], SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv)));
	th = t_after(feed, fd[1]);
	SHOW(recv(fd[0], b, 16, 0));
	t_join(th);
	t_close2(fd);
}

static void body(void)
{
	struct sockaddr_in sa;
	int fd[2];

	t_pair(SOCK_DGRAM, fd);
	one(fd);
	t_pair(SOCK_SEQPACKET, fd);
	one(fd);
	fd[0] = t_bound(SOCK_DGRAM, &sa);
	fd[1] = DO(socket(AF_INET, SOCK_DGRAM, 0));
	DO(connect(fd[1], (struct sockaddr *)&sa, sizeof(sa)));
	one(fd);
}

int main(void)
{
	t_both(body);
	return t_end();
}
