/* Packets are not glued together, nor cut otherwise than the kernel would; and
   writev() of nothing sends none. */
#include "t.h"

static int fd[2], ready[2];

static void *packets(void *arg)
{
	(void)arg;
	t_settle();
	t_put(ready[1], "x", 1);
	t_settle();
	DO(send(fd[1], "abc", 3, 0));
	DO(send(fd[1], "defgh", 5, 0));
	return NULL;
}

static void seqpacket(void)
{
	char b[16];
	struct iovec v = { b, sizeof(b) };
	struct msghdr m = { .msg_iov = &v, .msg_iovlen = 1 };
	pthread_t th;

	t_pair(SOCK_SEQPACKET, fd);
	th = t_go(packets, NULL);
	t_take(ready[0], b, 1);
	SHOW(recv(fd[0], b, sizeof(b), MSG_WAITALL));
	SHOW(recvmsg(fd[0], &m, MSG_WAITALL));
	t_join(th);
	t_close2(fd);
}

static void nothing(int type)
{
	char b[4];
	struct iovec v[2] = { { b, 0 }, { b, 0 } };

	t_pair(type, fd);
	SHOW(writev(fd[1], v, 2));
	SHOW(recv(fd[0], b, sizeof(b), MSG_DONTWAIT));
	DO(close(fd[0]));
	fd[0] = -1;
	SHOW(writev(fd[1], v, 2));
	t_close2(fd);
}

static void *reader(void *arg)
{
	static char b[8192];
	ssize_t r;

	(void)arg;
	t_settle();
	t_put(ready[1], "x", 1);
	t_settle();
	while ((r = read(fd[0], b, sizeof(b))) > 0)
		printf(" %zd", r);
	printf("\n");
	return NULL;
}

static void packet_pipe(void)
{
	static char b[100];
	struct iovec v[120];
	pthread_t th;
	ssize_t r;
	char c;

	for (int i = 0; i < 120; i++)
		v[i] = (struct iovec){ b, sizeof(b) };
	DO(pipe2(fd, O_DIRECT));
	DO(fcntl(fd[1], F_SETPIPE_SZ, 8192));
	DO(write(fd[1], "q", 1));
	th = t_go(reader, NULL);
	t_take(ready[0], &c, 1);
	r = writev(fd[1], v, 120);
	DO(close(fd[1]));
	fd[1] = -1;
	t_join(th);
	printf("%zd\n", r);
	t_close2(fd);
}

static void body(void)
{
	DO(pipe(ready));
	seqpacket();
	nothing(SOCK_DGRAM);
	nothing(SOCK_SEQPACKET);
	nothing(SOCK_STREAM);
	packet_pipe();
	t_close2(ready);
}

int main(void)
{
	t_handle(SIGPIPE, SIG_IGN, 0);
	t_both(body);
	return t_end();
}
