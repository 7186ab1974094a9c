/* Bad buffers give EFAULT, whether the call had to wait or not. */
#include "t.h"

static char *bad;

static void feed(int fd)
{
	t_put(fd, "later", 5);
}

static void one(int fd[2])
{
	char b[16];
	pthread_t th;

	SHOW(write(fd[1], bad, 4));
	SHOW(t_readable(fd[0]));
	t_put(fd[1], "data", 4);
	SHOW(read(fd[0], bad, 4));
	SHOW(read(fd[0], b, 16));
	th = t_after(feed, fd[1]);
	SHOW(read(fd[0], bad, 16));
	t_join(th);
	SHOW(read(fd[0], b, 16));
}

static void sock(int fd[2])
{
	struct iovec *badv = (struct iovec *)bad;
	struct msghdr m = { .msg_iov = badv, .msg_iovlen = 1 };
	char b[16];
	pthread_t th;

	SHOW(send(fd[1], bad, 4, 0));
	SHOW(sendmsg(fd[1], &m, 0));
	SHOW(sendmsg(fd[1], (struct msghdr *)bad, 0));
	SHOW(recvmsg(fd[0], &m, 0));
	SHOW(recvmsg(fd[0], (struct msghdr *)bad, 0));
	SHOW(readv(fd[0], badv, 1));
	th = t_after(feed, fd[1]);
	SHOW(recv(fd[0], bad, 16, 0));
	t_join(th);
	SHOW(recv(fd[0], b, 16, 0));
}

static void body(void)
{
	t_streams(one);
	t_sockets(sock);
}

int main(void)
{
	bad = mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (bad == MAP_FAILED)
		t_die("mmap");
	t_both(body);
	return t_end();
}
