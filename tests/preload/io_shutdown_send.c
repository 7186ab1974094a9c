/* Another thread shuts down writing while a send waits for room: what has gone
 * by then, or EPIPE; and SIGPIPE, where the kernel raises it. */
#include "t.h"

static char big[8 << 20];
static int fd[2], pipes, begun, clocked, shut_peer;
static long result;

static void on(int sig)
{
	(void)sig;
	t_inc(&pipes);
}

static long w_write(void)
{
	return write(fd[0], big, sizeof(big));
}

static long w_writev(void)
{
	struct iovec v[2] = { { big, 1000 }, { big, sizeof(big) - 1000 } };

	return writev(fd[0], v, 2);
}

static long w_send(void)
{
	return send(fd[0], big, sizeof(big), 0);
}

static long w_sendmsg(void)
{
	struct iovec v[2] = { { big, 1000 }, { big, sizeof(big) - 1000 } };
	struct msghdr m = { .msg_iov = v, .msg_iovlen = 2 };

	return sendmsg(fd[0], &m, 0);
}

static long w_sendto(void)
{
	return sendto(fd[0], big, sizeof(big), MSG_NOSIGNAL, NULL, 0);
}

static long w_sendmmsg(void)
{
	struct iovec v[2] = { { big, 1000 }, { big, sizeof(big) } };
	struct mmsghdr m[2] = {
		{ .msg_hdr = { .msg_iov = v, .msg_iovlen = 1 } },
		{ .msg_hdr = { .msg_iov = v + 1, .msg_iovlen = 1 } }
	};

	return sendmmsg(fd[0], m, 2, 0) == 2 ? (long)m[1].msg_len : -1;
}

static void *writer(void *arg)
{
	long r;

	t_set(&begun, 1);
	r = (*(long (*const *)(void))arg)();
	t_set(&result, r < 0 ? -errno : r);
	return NULL;
}

static const struct {
	const char *name;
	long (*call)(void);
} calls[] = {
#define W(x)              \
	{                 \
#x, w_##x \
	}
	W(write), W(writev), W(send), W(sendmsg), W(sendto), W(sendmmsg)
};

/* Until no more of it comes, and more than the first of several messages has: then
   it waits. */
static void no_more_comes(void)
{
	int was;

	do {
		was = t_readable(fd[1]);
		for (int i = 0; i < 3; i++)
			t_settle();
	} while (was <= 1000 || was != t_readable(fd[1]));
}

static void said(const char *name)
{
	if (result > 0 && result < (long)sizeof(big))
		printf("%s: a part", name);
	else if (result < 0)
		printf("%s: %s", name, strerrorname_np((int)-result));
	else
		printf("%s: %ld", name, result);
	printf(", SIGPIPE %d\n", t_get(&pipes));
}

static void shut(void)
{
	if (shut_peer)
		DO(shutdown(fd[1], SHUT_RD));
	else
		DO(shutdown(fd[0], SHUT_WR));
}

static void one(size_t i)
{
	pthread_t th;

	t_set(&pipes, 0);
	t_set(&begun, 0);
	th = t_go(writer, (void *)&calls[i].call);
	t_await(t_get(&begun));
	no_more_comes();
	if (clocked)
		t_ask_clock(th);
	shut();
	t_join(th);
	said(calls[i].name);
	t_set(&pipes, 0);
	th = t_go(writer, (void *)&calls[i].call);
	t_join(th);
	said("then");
}

static void tcp(void)
{
	printf("-- tcp\n");
	for (size_t i = 0; i < sizeof(calls) / sizeof(*calls); i++) {
		t_tcp(fd);
		one(i);
		t_close2(fd);
	}
}

static void unix_(size_t from, size_t to)
{
	printf("-- unix\n");
	for (; from <= to; from++) {
		t_pair(SOCK_STREAM, fd);
		one(from);
		t_close2(fd);
	}
}

int main(void)
{
	t_handle(SIGPIPE, on, SA_RESTART);
	t_background();
	tcp();
	unix_(4, 5);
	clocked = 1;
	printf("its clock asked for\n");
	tcp();
	unix_(3, 3);
	shut_peer = 1;
	printf("the peer shuts down reading\n");
	unix_(0, 0);
	return t_end();
}
