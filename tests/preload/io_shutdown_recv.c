/* Another thread shuts down reading while a receive waits: the end, or what has
 * come by then. */
#include "t.h"

static char b[16];
static int fd[2], up, clocked;

static long r_read(void)
{
	return read(fd[0], b, 8);
}

static long r_readv(void)
{
	struct iovec v[2] = { { b, 4 }, { b + 4, 4 } };

	return readv(fd[0], v, 2);
}

static long r_recv(void)
{
	return recv(fd[0], b, 8, 0);
}

static long r_recv_peek(void)
{
	return recv(fd[0], b, 8, MSG_PEEK);
}

static long r_recv_all(void)
{
	return recv(fd[0], b, 8, MSG_WAITALL);
}

static long r_recvfrom(void)
{
	struct sockaddr_storage sa;
	socklen_t len = sizeof(sa);

	return recvfrom(fd[0], b, 8, 0, (struct sockaddr *)&sa, &len);
}

static long r_recvmsg(void)
{
	struct iovec v[2] = { { b, 4 }, { b + 4, 4 } };
	struct msghdr m = { .msg_iov = v, .msg_iovlen = 2 };

	return recvmsg(fd[0], &m, 0);
}

static long r_recvmsg_all(void)
{
	struct iovec v[2] = { { b, 4 }, { b + 4, 4 } };
	struct msghdr m = { .msg_iov = v, .msg_iovlen = 2 };

	return recvmsg(fd[0], &m, MSG_WAITALL);
}

static long r_poll(void)
{
	struct pollfd p = { .fd = fd[0], .events = POLLRDHUP };

	poll(&p, 1, -1);
	return p.revents & (POLLIN | POLLHUP | POLLRDHUP);
}

static const struct {
	const char *name;
	long (*call)(void);
	int part; /* what comes before is waited with */
} calls[] = {
#define R(x, part)              \
	{                       \
#x, r_##x, part \
	}
	R(read, 0),	   R(readv, 0),	      R(recv, 0),     R(recv_peek, 0),
	R(recv_all, 0),	   R(recv_all, 1),    R(recvfrom, 0), R(recvmsg, 0),
	R(recvmsg_all, 0), R(recvmsg_all, 1), R(poll, 0),
};

static void *receiver(void *arg)
{
	long r;

	t_set(&up, 1);
	r = (*(long (*const *)(void))arg)();
	return (void *)(intptr_t)(r < 0 ? -errno : r);
}

static void shown(const char *name, void *result)
{
	long r = (long)(intptr_t)result;

	if (r < 0)
		printf("%s: %s\n", name, strerrorname_np((int)-r));
	else
		printf("%s: %ld\n", name, r);
}

static void one(size_t i)
{
	pthread_t th;

	t_set(&up, 0);
	th = t_go(receiver, (void *)&calls[i].call);
	t_await(t_get(&up));
	t_settle();
	if (clocked)
		t_ask_clock(th);
	if (calls[i].part) {
		t_put(fd[1], "part", 4);
		t_await(!t_readable(fd[0]));
	}
	DO(shutdown(fd[0], SHUT_RD));
	shown(calls[i].name, t_join(th));
	shown("then", receiver((void *)&calls[i].call));
}

static void all(void)
{
	for (int tcp = 0; tcp < 2; tcp++) {
		printf("-- %s\n", tcp ? "tcp" : "unix");
		for (size_t i = 0; i < sizeof(calls) / sizeof(*calls); i++) {
			if (tcp)
				t_tcp(fd);
			else
				t_pair(SOCK_STREAM, fd);
			one(i);
			t_close2(fd);
		}
	}
}

int main(void)
{
	t_background();
	all();
	printf("their clocks asked for\n");
	clocked = 1;
	all();
	return t_end();
}
