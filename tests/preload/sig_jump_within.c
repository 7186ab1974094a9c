/* A handler jumps out of its own call, back into itself, and returns: the call
 * that it has interrupted goes on, with the descriptor it had; on the same stack
 * and on an alternate one, wherever that is. */
#include "t.h"
#include <setjmp.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>

static char big[1 << 18], low[64 << 10], *alt;
static int fd[2], inner, in, jumped, clocked;
static __thread sigjmp_buf env;

static void on_jump(int sig)
{
	(void)sig;
	siglongjmp(env, 1);
}

static void on(int sig)
{
	char b[8];

	(void)sig;
	if (!sigsetjmp(env, 1)) {
		t_set(&in, 1);
		(void)!read(inner, b, 8);
		printf("came back\n");
	}
	t_inc(&jumped);
}

static long c_read(void)
{
	return read(fd[0], big, 9);
}

static long c_recvmmsg(void)
{
	struct iovec v = { big, 9 };
	struct mmsghdr m[2] = { { .msg_hdr = { .msg_iov = &v } },
				{ .msg_hdr = { .msg_iov = &v } } };

	m[0].msg_hdr.msg_iovlen = m[1].msg_hdr.msg_iovlen = 1;
	return recvmmsg(fd[0], m, 2, 0, NULL);
}

static long c_write(void)
{
	return write(fd[0], big, sizeof(big));
}

static void m_unix(void)
{
	t_pair(SOCK_STREAM, fd);
}

static void m_packets(void)
{
	t_pair(SOCK_SEQPACKET, fd);
}

static void m_timerfd(void)
{
	fd[0] = DO(timerfd_create(CLOCK_MONOTONIC, 0));
	fd[1] = DO(dup(fd[0]));
}

static long filled;

static void m_full(void)
{
	int p[2];

	DO(pipe(p));
	fd[0] = p[1];
	fd[1] = p[0];
	filled = (long)t_fill(fd[0]);
}

static void s_bytes(void)
{
	t_put(fd[1], "bytes", 5);
}

static void s_messages(void)
{
	s_bytes();
	s_bytes();
}

static void s_tick(void)
{
	struct itimerspec it = { { 0, 0 }, { 0, 1 } };

	DO(timerfd_settime(fd[1], 0, &it, NULL));
}

static void s_drain(void)
{
	static char back[1 << 16];

	for (long left = filled + (long)sizeof(big); left;)
		left -= DO(read(fd[1], back, sizeof(back)));
}

static const struct point {
	const char *name;
	void (*make)(void);
	long (*call)(void);
	void (*serve)(void);
} points[] = {
#define P(m, c, s)                                \
	{                                         \
#c " of " #m, m_##m, c_##c, s_##s \
	}
	P(unix, read, bytes),
	P(packets, recvmmsg, messages),
	P(timerfd, read, tick),
	P(full, write, drain),
};

static void *worker(void *arg)
{
	stack_t ss = { .ss_sp = alt, .ss_size = sizeof(low) };
	const struct point *p = arg;
	long r;

	if (alt)
		DO(sigaltstack(&ss, NULL));
	t_set(&in, -1);
	r = p->call();
	if (alt) {
		ss.ss_flags = SS_DISABLE;
		DO(sigaltstack(&ss, NULL));
	}
	return (void *)(intptr_t)(r < 0 ? -errno : r);
}

/* Twice into the handler, and out. */
static void interrupt(pthread_t th)
{
	for (int i = 1; i <= 2; i++) {
		t_set(&in, 0);
		PDO(pthread_kill(th, SIGUSR1));
		t_await(t_get(&in) == 1);
		t_settle();
		PDO(pthread_kill(th, SIGUSR2));
		t_await(t_get(&jumped) == i);
		t_settle();
	}
}

static void one(const struct point *p)
{
	pthread_t th;

	p->make();
	t_set(&in, 0);
	t_set(&jumped, 0);
	th = t_go(worker, (void *)p);
	t_await(t_get(&in) == -1);
	t_settle();
	if (clocked)
		t_ask_clock(th);
	interrupt(th);
	p->serve();
	printf("%s: %ld\n", p->name, (long)(intptr_t)t_join(th));
	t_close2(fd);
}

static void all(const char *where, char *stack)
{
	alt = stack;
	t_handle(SIGUSR1, on, SA_RESTART | (alt ? SA_ONSTACK : 0));
	t_handle(SIGUSR2, on_jump, SA_RESTART | (alt ? SA_ONSTACK : 0));
	for (clocked = 0; clocked < 2; clocked++) {
		printf("-- %s%s\n", where,
		       clocked ? ", its clock asked for" : "");
		for (size_t i = 0; i < sizeof(points) / sizeof(*points); i++)
			one(&points[i]);
	}
}

int main(void)
{
	char high[sizeof(low)];

	struct epoll_event ev = { .events = EPOLLIN };
	struct itimerspec it = { { 0, 0 }, { 0, 1 } };
	int watch = DO(epoll_create1(0));

	inner = DO(timerfd_create(CLOCK_MONOTONIC, 0));
	DO(epoll_ctl(watch, EPOLL_CTL_ADD, inner, &ev));
	t_background();
	all("the same stack", NULL);
	all("a stack below", low);
	all("a stack above", high);
	/* if it were open somewhere it would still be there */
	DO(timerfd_settime(inner, 0, &it, NULL));
	SHOW(epoll_wait(watch, &ev, 1, -1));
	DO(close(inner));
	t_await(epoll_wait(watch, &ev, 1, 0) == 0);
	return t_end();
}
