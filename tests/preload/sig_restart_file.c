/* A handler with SA_RESTART closes the descriptor of the call that it has
 * interrupted, or has another file take its number: the call begins again with
 * what is there then. */
#include "t.h"
#include <sys/eventfd.h>
#include <sys/timerfd.h>

enum what {
	CLOSES,
	REPLACES,
	OTHER_KIND,
	WHATS
};

static const char *const whats[] = { "closed", "replaced", "of another kind" };
static char big[1 << 18], back[1 << 16];
static enum what what;
static int fd[2], other[2], file, up, hit, clocked;

static void on(int sig)
{
	int e = errno;

	(void)sig;
	if (what == CLOSES)
		DO(close(fd[0]));
	else if (what == REPLACES)
		DO(dup2(other[0], fd[0]));
	else
		DO(dup2(file, fd[0]));
	t_set(&hit, 1);
	errno = e;
}

static long c_read(void)
{
	return read(fd[0], big, 9);
}

static long c_readv(void)
{
	struct iovec v[2] = { { big, 4 }, { big + 4, 5 } };

	return readv(fd[0], v, 2);
}

static long c_recv(void)
{
	return recv(fd[0], big, 9, 0);
}

static long c_recv_all(void)
{
	return recv(fd[0], big, 5, MSG_WAITALL);
}

static long c_write(void)
{
	return write(fd[0], big, 100);
}

static long c_send(void)
{
	return send(fd[0], big, 1000, 0);
}

static long c_recvmmsg(void)
{
	struct iovec v = { big, 9 };
	struct mmsghdr m[2] = { { .msg_hdr = { .msg_iov = &v } },
				{ .msg_hdr = { .msg_iov = &v } } };

	m[0].msg_hdr.msg_iovlen = m[1].msg_hdr.msg_iovlen = 1;
	return recvmmsg(fd[0], m, 1, 0, NULL);
}

static long c_write_big(void)
{
	return write(fd[0], big, sizeof(big));
}

static long c_writev(void)
{
	struct iovec v[2] = { { big, 1000 }, { big, sizeof(big) - 1000 } };

	return writev(fd[0], v, 2);
}

static long c_sendmmsg(void)
{
	struct iovec v = { big, 1000 };
	struct mmsghdr m[2] = { { .msg_hdr = { .msg_iov = &v } },
				{ .msg_hdr = { .msg_iov = &v } } };

	m[0].msg_hdr.msg_iovlen = m[1].msg_hdr.msg_iovlen = 1;
	return sendmmsg(fd[0], m, 2, 0);
}

static long c_accept(void)
{
	int a = accept(fd[0], NULL, NULL);

	return a < 0 ? a : close(a);
}

static void m_unix(int f[2])
{
	t_pair(SOCK_STREAM, f);
}

static void m_unix_full(int f[2])
{
	m_unix(f);
	if (f == fd)
		t_fill(f[0]);
}

static void m_tcp(int f[2])
{
	t_tcp(f);
}

static void m_pipe(int f[2])
{
	DO(pipe(f));
}

static void m_full(int f[2])
{
	int p[2];

	DO(pipe(p));
	f[0] = p[1];
	f[1] = p[0];
	if (f == fd)
		t_fill(f[0]);
}

static void m_packets(int f[2])
{
	t_pair(SOCK_SEQPACKET, f);
}

static void m_timerfd(int f[2])
{
	f[0] = DO(timerfd_create(CLOCK_MONOTONIC, 0));
	f[1] = DO(dup(f[0]));
}

static void m_eventfd(int f[2])
{
	f[0] = DO(eventfd(0, 0));
	f[1] = DO(dup(f[0]));
}

static struct sockaddr_in addr;

static void m_listener(int f[2])
{
	f[0] = t_listen(&addr);
	f[1] = DO(dup(f[0]));
}

static void s_bytes(void)
{
	t_put(other[1], "bytes", 5);
}

static void s_nothing(void)
{
}

static void s_drain(void)
{
	for (long left = sizeof(big); left;)
		left -= DO(read(other[1], back, sizeof(back)));
}

static void s_tick(void)
{
	struct itimerspec it = { { 0, 0 }, { 0, 1 } };

	DO(timerfd_settime(other[1], 0, &it, NULL));
}

static void s_count(void)
{
	DO(eventfd_write(other[1], 3));
}

static void s_connect(void)
{
	DO(close(t_connect(&addr)));
}

static const struct point {
	const char *name;
	void (*make)(int f[2]);
	long (*call)(void);
	void (*serve)(void);
} points[] = {
#define P(m, c, s)                                \
	{                                         \
#c " of " #m, m_##m, c_##c, s_##s \
	}
	P(unix, read, bytes),	 P(unix, readv, bytes),
	P(unix, recv, bytes),	 P(unix, recv_all, bytes),
	P(tcp, read, bytes),	 P(tcp, recv_all, bytes),
	P(pipe, read, bytes),	 P(pipe, readv, bytes),
	P(full, write, nothing), P(unix_full, send, nothing),
	P(eventfd, read, count), P(listener, accept, connect),
	/* these hold a duplicate of it */
	P(packets, recvmmsg, bytes), P(timerfd, read, tick),
	P(full, write_big, drain), P(full, writev, drain),
	P(unix_full, sendmmsg, nothing),
};

static void *worker(void *arg)
{
	const struct point *p = arg;
	long r;

	t_set(&up, 1);
	r = p->call();
	return (void *)(intptr_t)(r < 0 ? -errno : r);
}

static void one(const struct point *p)
{
	pthread_t th;
	long r;

	p->make(fd);
	p->make(other);
	t_set(&up, 0);
	t_set(&hit, 0);
	th = t_go(worker, (void *)p);
	t_await(t_get(&up));
	t_settle();
	if (clocked)
		t_ask_clock(th);
	PDO(pthread_kill(th, SIGUSR1));
	t_await(t_get(&hit));
	if (what == REPLACES) {
		t_settle();
		p->serve();
	}
	r = (long)(intptr_t)t_join(th);
	if (r < 0)
		printf("%s: %s\n", p->name, strerrorname_np((int)-r));
	else
		printf("%s: %ld\n", p->name, r);
	if (what == CLOSES)
		fd[0] = -1;
	t_close2(fd);
	t_close2(other);
}

int main(void)
{
	t_handle(SIGUSR1, on, SA_RESTART);
	file = DO(open("/dev/null", O_RDWR));
	t_background();
	for (what = CLOSES; what < WHATS; what++)
		for (clocked = 0; clocked < 2; clocked++) {
			printf("-- %s%s\n", whats[what],
			       clocked ? ", its clock asked for" : "");
			for (size_t i = 0; i < sizeof(points) / sizeof(*points);
			     i++)
				one(&points[i]);
		}
	return t_end();
}
