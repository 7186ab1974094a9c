/* A call that waits is left for good: by a jump out of a handler, by a handler
 * that ends its thread or cancels it, by a cancellation.  Then its file is open
 * only where the program has it open: whoever is at the other end sees it go. */
#include "t.h"
#include <setjmp.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/timerfd.h>

enum how {
	JUMP,
	EXIT,
	CANCEL_SELF,
	CANCEL,
	HOWS
};

static const char *const hows[] = { "jump", "exit", "cancels itself",
				    "cancelled" };
static char big[1 << 18];
static enum how how;
static int fd[2], up, clocked;
static __thread sigjmp_buf env;
static __thread volatile int armed;

static void on(int sig)
{
	(void)sig;
	if (!armed)
		return;
	armed = 0;
	if (how == JUMP)
		siglongjmp(env, 1);
	else if (how == EXIT)
		pthread_exit(NULL);
	PDO(pthread_cancel(pthread_self()));
}

/* --- the calls: none of them comes back -------------------------------------- */

static void p_read(void)
{
	(void)!read(fd[0], big, 9);
}

static void p_recv(void)
{
	recv(fd[0], big, 9, MSG_WAITALL);
}

static void p_recvmmsg(void)
{
	struct iovec v = { big, 9 };
	struct mmsghdr m[2] = { { .msg_hdr = { .msg_iov = &v } },
				{ .msg_hdr = { .msg_iov = &v } } };

	m[0].msg_hdr.msg_iovlen = m[1].msg_hdr.msg_iovlen = 1;
	recvmmsg(fd[0], m, 2, 0, NULL);
}

static void p_write(void)
{
	(void)!write(fd[0], big, 100);
}

static void p_write_big(void)
{
	(void)!write(fd[0], big, sizeof(big));
}

static void p_sendmmsg(void)
{
	struct iovec v = { big, sizeof(big) };
	struct mmsghdr m[2] = { { .msg_hdr = { .msg_iov = &v } },
				{ .msg_hdr = { .msg_iov = &v } } };

	m[0].msg_hdr.msg_iovlen = m[1].msg_hdr.msg_iovlen = 1;
	sendmmsg(fd[0], m, 2, 0);
}

static void p_accept(void)
{
	accept(fd[0], NULL, NULL);
}

/* --- their files: fd[0] is waited for, fd[1] is what sees it go -------------- */

static void m_unix(void)
{
	t_pair(SOCK_STREAM, fd);
}

static void m_unix_full(void)
{
	m_unix();
	t_fill(fd[0]);
}

static void m_tcp(void)
{
	t_tcp(fd);
}

static void m_packets(void)
{
	t_pair(SOCK_SEQPACKET, fd);
	t_put(fd[1], "one", 3);
}

static void m_pipe(void)
{
	DO(pipe(fd));
}

static void m_pipe_full(void)
{
	int p[2];

	DO(pipe(p));
	fd[0] = p[1];
	fd[1] = p[0];
	t_fill(fd[0]);
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
	watch(DO(eventfd(0, 0)), EPOLLOUT);
}

static void m_timerfd(void)
{
	watch(DO(timerfd_create(CLOCK_MONOTONIC, 0)), EPOLLIN);
}

static struct sockaddr_un name;
static socklen_t name_len;

static void m_listener(void)
{
	fd[0] = DO(socket(AF_UNIX, SOCK_STREAM, 0));
	fd[1] = -1;
	name_len = t_unix_name(&name, "left");
	DO(bind(fd[0], (struct sockaddr *)&name, name_len));
	DO(listen(fd[0], 9));
}

/* --- what is seen of fd[0]'s end ------------------------------------------- */

static int e_stream(void)
{
	ssize_t r;

	while ((r = recv(fd[1], big, sizeof(big), MSG_DONTWAIT)) > 0)
		;
	return r == 0 || errno == ECONNRESET;
}

static int e_read_end(void)
{
	struct pollfd p = { .fd = fd[1], .events = POLLIN };

	while (poll(&p, 1, 0) == 1 && p.revents & POLLIN)
		DO(read(fd[1], big, 4096));
	return p.revents & POLLHUP;
}

static int e_write_end(void)
{
	struct pollfd p = { .fd = fd[1], .events = POLLOUT };

	return poll(&p, 1, 0) == 1 && p.revents & POLLERR;
}

/* What nobody has open is no more in there. */
static int e_watched(void)
{
	struct epoll_event ev;

	return epoll_wait(fd[1], &ev, 1, 0) == 0;
}

static int e_listener(void)
{
	int s = DO(socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0));
	int r = connect(s, (struct sockaddr *)&name, name_len);
	int refused = r < 0 && errno == ECONNREFUSED;

	DO(close(s));
	return refused;
}

static const struct {
	const char *name;
	void (*make)(void), (*call)(void);
	int (*ended)(void);
} points[] = {
#define P(m, c, e)                                \
	{                                         \
#c " of " #m, m_##m, p_##c, e_##e \
	}
	P(unix, read, stream),	       P(unix, recv, stream),
	P(tcp, read, stream),	       P(tcp, recv, stream),
	P(packets, recvmmsg, stream),  P(pipe, read, write_end),
	P(pipe_full, write, read_end), P(pipe_full, write_big, read_end),
	P(unix_full, write, stream),   P(unix_full, sendmmsg, stream),
	P(eventfd, read, watched),     P(timerfd, read, watched),
	P(listener, accept, listener),
};

static void *worker(void *arg)
{
	if (!sigsetjmp(env, 1)) {
		armed = 1;
		t_set(&up, 1);
		(*(void (*const *)(void))arg)();
		printf("came back\n");
	}
	return NULL;
}

static void one(size_t i)
{
	struct itimerspec soon = { { 0, 0 }, { 0, 1 } };
	pthread_t th;
	void *end;

	points[i].make();
	t_set(&up, 0);
	th = t_go(worker, (void *)&points[i].call);
	t_await(t_get(&up));
	t_settle();
	if (clocked)
		t_ask_clock(th);
	PDO(how == CANCEL ? pthread_cancel(th) : pthread_kill(th, SIGUSR1));
	end = t_join(th);
	if (points[i].make == m_timerfd)
		DO(timerfd_settime(fd[0], 0, &soon, NULL));
	if (points[i].ended != e_watched)
		CHECK(!points[i].ended());
	DO(close(fd[0]));
	t_await(points[i].ended());
	printf("%s: %s\n", points[i].name,
	       end == PTHREAD_CANCELED ? "cancelled" : "left");
	if (fd[1] >= 0)
		DO(close(fd[1]));
}

int main(void)
{
	t_handle(SIGUSR1, on, SA_RESTART);
	t_background();
	for (how = JUMP; how < HOWS; how++)
		for (clocked = 0; clocked < 2; clocked++) {
			printf("-- %s%s\n", hows[how],
			       clocked ? ", its clock asked for" : "");
			for (size_t i = 0; i < sizeof(points) / sizeof(*points);
			     i++)
				one(i);
		}
	return t_end();
}
