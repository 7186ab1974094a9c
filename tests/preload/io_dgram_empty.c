/* A datagram of no bytes is a message: recv() returns 0 and it is taken. */
#include "t.h"

static void empty(int fd)
{
	DO(send(fd, "", 0, 0));
}

static void both_kinds(int r, int s)
{
	char b[8];
	pthread_t th = t_after(empty, s);

	SHOW(recv(r, b, 8, 0));
	t_join(th);
	SHOW(recv(r, b, 8, MSG_DONTWAIT));
	empty(s);
	DO(send(s, "full", 4, 0));
	SHOW(recv(r, b, 8, 0));
	SHOW(recv(r, b, 0, 0));
	SHOW(recv(r, b, 8, MSG_DONTWAIT));
	SHOW(write(s, b, 0));
	SHOW(recv(r, b, 8, MSG_DONTWAIT));
}

static void body(void)
{
	struct sockaddr_in sa;
	int fd[2];

	printf("unix\n");
	t_pair(SOCK_DGRAM, fd);
	both_kinds(fd[0], fd[1]);
	t_close2(fd);
	printf("udp\n");
	fd[0] = t_bound(SOCK_DGRAM, &sa);
	fd[1] = DO(socket(AF_INET, SOCK_DGRAM, 0));
	DO(connect(fd[1], (struct sockaddr *)&sa, sizeof(sa)));
	both_kinds(fd[0], fd[1]);
	t_close2(fd);
}

int main(void)
{
	t_both(body);
	return t_end();
}
