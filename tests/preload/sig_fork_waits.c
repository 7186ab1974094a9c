/* A handler forks while its thread waits in a call, which then goes on twice,
 * in the parent and in the child; and the file is closed when both have done
 * so, which whoever is at the other end sees. */
#include "t.h"
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/timerfd.h>

static char big[1 << 18], back[1 << 16];
static int fd[2], go[2], tell[2], up, forked, clocked;
static pid_t child;
static __thread volatile int armed;

static void on(int sig)
{
	(void)sig;
	if (!armed)
		return;
	armed = 0;
	child = DO(fork());
	if (child)
		t_set(&forked, 1);
}

/* --- the calls, and what is done for two of them ----------------------------- */

static int c_read(void)
{
	return read(fd[0], big, 1) == 1;
}

static int c_recv(void)
{
	return recv(fd[0], big, 2, MSG_WAITALL) == 2;
}

static int c_recvmmsg(void)
{
	struct iovec v = { big, 9 };
	struct mmsghdr m[2] = { { .msg_hdr = { .msg_iov = &v } },
				{ .msg_hdr = { .msg_iov = &v } } };

	m[0].msg_hdr.msg_iovlen = m[1].msg_hdr.msg_iovlen = 1;
	return recvmmsg(fd[0], m, 2, 0, NULL) == 2;
}

static int c_write(void)
{
	return write(fd[0], big, 100) == 100;
}

static int c_write_big(void)
{
	return write(fd[0], big, sizeof(big)) == sizeof(big);
}

static int c_send(void)
{
	return send(fd[0], big, sizeof(big), 0) == sizeof(big);
}

static int c_read_counter(void)
{
	uint64_t n = 0;

	return read(fd[0], &n, sizeof(n)) == sizeof(n) && n;
}

static int c_accept(void)
{
	int a = accept(fd[0], NULL, NULL);

	return a >= 0 && close(a) == 0;
}

static void s_bytes(int n)
{
	t_put(fd[1], "bytes", (size_t)n);
}

static void s_twos(int n)
{
	s_bytes(2 * n);
}

static void s_messages(int n)
{
	for (int i = 0; i < 2 * n; i++)
		t_put(fd[1], "message", 7);
}

static size_t filled, piece;

static void s_drain(int n)
{
	size_t left = filled + (size_t)n * piece;

	filled = 0;
	while (left) {
		ssize_t r = read(fd[1], back, sizeof(back));

		if (r <= 0)
			t_die("s_drain");
		left -= (size_t)r;
	}
}

static void s_count(int n)
{
	DO(eventfd_write(fd[0], (eventfd_t)n));
}

static void s_tick(int n)
{
	struct itimerspec it = { { 0, 1000000 }, { 0, 1000000 } };

	(void)n;
	DO(timerfd_settime(fd[0], 0, &it, NULL));
}

static struct sockaddr_un name;
static socklen_t name_len;

static int connects(void)
{
	int s = DO(socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0));
	int r = connect(s, (struct sockaddr *)&name, name_len);

	DO(close(s));
	return r == 0;
}

static void s_connect(int n)
{
	for (int i = 0; i < n; i++)
		CHECK(connects());
}

/* --- their files: fd[0] is waited for, fd[1] is what sees it go -------------- */

static void fill(size_t then)
{
	piece = then;
	filled = t_fill(fd[0]);
}

static void m_unix(void)
{
	t_pair(SOCK_STREAM, fd);
}

static void m_unix_full(void)
{
	m_unix();
	fill(sizeof(big));
}

static void m_tcp(void)
{
	t_tcp(fd);
}

static void m_packets(void)
{
	t_pair(SOCK_SEQPACKET, fd);
}

static void m_pipe(void)
{
	DO(pipe(fd));
}

static void pipe_full(size_t then)
{
	int p[2];

	DO(pipe(p));
	fd[0] = p[1];
	fd[1] = p[0];
	fill(then);
}

static void m_full(void)
{
	pipe_full(100);
}

static void m_full_big(void)
{
	pipe_full(sizeof(big));
}

static void watch(int kind, uint32_t events)
{
	struct epoll_event ev = { .events = events };

	fd[0] = kind;
	fd[1] = DO(epoll_create1(EPOLL_CLOEXEC));
	DO(epoll_ctl(fd[1], EPOLL_CTL_ADD, fd[0], &ev));
}

static void m_eventfd(void)
{
	watch(DO(eventfd(0, EFD_SEMAPHORE)), EPOLLOUT);
}

static void m_timerfd(void)
{
	watch(DO(timerfd_create(CLOCK_MONOTONIC, 0)), EPOLLIN);
}

static void m_listener(void)
{
	fd[0] = DO(socket(AF_UNIX, SOCK_STREAM, 0));
	fd[1] = -1;
	name_len = t_unix_name(&name, "forks");
	DO(bind(fd[0], (struct sockaddr *)&name, name_len));
	DO(listen(fd[0], 9));
}

/* --- what is seen of fd[0]'s end ------------------------------------------- */

static int e_hup(void)
{
	struct pollfd p = { .fd = fd[1], .events = POLLIN | POLLRDHUP };

	poll(&p, 1, 0);
	return p.revents & (POLLHUP | POLLRDHUP | POLLERR);
}

/* What nobody has open is no more in there. */
static int e_watched(void)
{
	struct epoll_event ev;

	return epoll_wait(fd[1], &ev, 1, 0) == 0;
}

static int e_refuses(void)
{
	return !connects();
}

static const struct point {
	const char *name;
	void (*make)(void);
	int (*call)(void);
	void (*serve)(int n);
	int (*ended)(void);
} points[] = {
#define P(m, c, s, e)                                    \
	{                                                \
#c " of " #m, m_##m, c_##c, s_##s, e_##e \
	}
	P(unix, read, bytes, hup),
	P(unix, recv, twos, hup),
	P(tcp, read, bytes, hup),
	P(packets, recvmmsg, messages, hup),
	P(pipe, read, bytes, hup),
	P(full, write, drain, hup),
	P(full_big, write_big, drain, hup),
	P(unix_full, send, drain, hup),
	P(eventfd, read_counter, count, watched),
	P(timerfd, read_counter, tick, watched),
	P(listener, accept, connect, refuses),
};

/* Once together with the parent, once alone. */
static void in_child(const struct point *p, int ok)
{
	char c;

	alarm(20);
	DO(close(go[1]));
	t_put(tell[1], ok ? "1" : "!", 1);
	t_take(go[0], &c, 1);
	ok = p->call();
	DO(close(fd[0]));
	t_put(tell[1], ok ? "2" : "!", 1);
	_exit(read(go[0], &c, 1) != 0);
}

static void *worker(void *arg)
{
	const struct point *p = arg;
	int ok;

	armed = 1;
	t_set(&up, 1);
	ok = p->call();
	if (!child)
		in_child(p, ok);
	return (void *)(intptr_t)ok;
}

static void told(const char *what)
{
	char c;

	t_take(tell[0], &c, 1);
	printf("%s: %c\n", what, c);
}

static void two(const struct point *p, pthread_t th)
{
	p->serve(2);
	printf("parent: %d\n", (int)(intptr_t)t_join(th));
	told("child");
	t_put(go[1], "x", 1);
	p->serve(1);
	told("again");
	if (p->ended == e_hup)
		CHECK(!p->ended());
	DO(close(fd[0]));
	t_await(p->ended());
	DO(close(go[1]));
	t_reap(child);
}

static void one(const struct point *p)
{
	pthread_t th;

	printf("%s\n", p->name);
	p->make();
	DO(pipe(go));
	DO(pipe(tell));
	t_set(&up, 0);
	t_set(&forked, 0);
	th = t_go(worker, (void *)p);
	t_await(t_get(&up));
	t_settle();
	if (clocked)
		t_ask_clock(th);
	PDO(pthread_kill(th, SIGUSR1));
	t_await(t_get(&forked));
	two(p, th);
	DO(close(go[0]));
	t_close2(tell);
	if (fd[1] >= 0)
		DO(close(fd[1]));
}

int main(void)
{
	t_handle(SIGUSR1, on, SA_RESTART);
	t_background();
	for (clocked = 0; clocked < 2; clocked++) {
		if (clocked)
			printf("-- their clocks asked for\n");
		for (size_t i = 0; i < sizeof(points) / sizeof(*points); i++)
			one(&points[i]);
	}
	return t_end();
}
