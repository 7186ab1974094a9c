/* A full datagram queue makes the sender wait, and nothing is dropped. */
#include "t.h"

#define COUNT 300

static void drain(int fd)
{
	int wrong = 0;

	for (int i = 0; i < COUNT; i++) {
		int v;

		if (recv(fd, &v, sizeof(v), 0) != sizeof(v) || v != i)
			wrong++;
	}
	printf("%d wrong\n", wrong);
}

static void one(int type)
{
	int fd[2], bad = 0;
	pthread_t th;

	t_pair(type, fd);
	th = t_after(drain, fd[0]);
	for (int i = 0; i < COUNT; i++) {
		struct iovec v = { &i, sizeof(i) };
		struct msghdr m = { .msg_iov = &v, .msg_iovlen = 1 };
		ssize_t r;

		if (i % 4 == 0)
			r = send(fd[1], &i, sizeof(i), 0);
		else if (i % 4 == 1)
			r = sendmsg(fd[1], &m, 0);
		else if (i % 4 == 2)
			r = write(fd[1], &i, sizeof(i));
		else
			r = writev(fd[1], &v, 1);
		bad += r != sizeof(i);
	}
	t_join(th);
	printf("%d bad\n", bad);
	t_close2(fd);
}

static void body(void)
{
	one(SOCK_DGRAM);
	one(SOCK_SEQPACKET);
}

int main(void)
{
	t_both(body);
	return t_end();
}
