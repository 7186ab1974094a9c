/* MSG_DONTWAIT never waits and leaves no mark on the descriptor. */
#include "t.h"

static char big[16 << 20];

static void feed(int fd)
{
	t_put(fd, "x", 1);
}

static void one(int fd[2])
{
	char b[16];
	struct iovec v = { b, 4 };
	struct msghdr m = { .msg_iov = &v, .msg_iovlen = 1 };
	pthread_t th;
	ssize_t r;

	SHOW(recv(fd[0], b, 16, MSG_DONTWAIT));
	SHOW(recvfrom(fd[0], b, 16, MSG_DONTWAIT, NULL, NULL));
	SHOW(recvmsg(fd[0], &m, MSG_DONTWAIT));
	SHOW(recv(fd[0], b, 16, MSG_DONTWAIT | MSG_WAITALL));
	SHOW(fcntl(fd[0], F_GETFL) & O_NONBLOCK);
	th = t_after(feed, fd[1]);
	SHOW(recv(fd[0], b, 16, 0));
	t_join(th);
	r = send(fd[1], big, sizeof(big), MSG_DONTWAIT);
	CHECK(r > 0 && r < (ssize_t)sizeof(big));
	t_await(send(fd[1], big, sizeof(big), MSG_DONTWAIT) < 0);
	CHECK(errno == EAGAIN);
	SHOW(fcntl(fd[1], F_GETFL) & O_NONBLOCK);
}

static void body(void)
{
	t_sockets(one);
}

int main(void)
{
	t_both(body);
	return t_end();
}
