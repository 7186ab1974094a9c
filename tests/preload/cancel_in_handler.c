/* A handler cancels its own thread, which waits in a call: the call does not
 * come back, whether or not the handler restarts it. */
#include "t.h"
#include <sys/eventfd.h>
#include <sys/timerfd.h>

static int fd[2], dgram[2], full[2], full_pipe[2], lfd, event, timer, up;
static struct sockaddr_in sa;
static char big[1 << 18];

static void on(int sig)
{
	(void)sig;
	PDO(pthread_cancel(pthread_self()));
}

static void p_read(void)
{
	char b;

	(void)!read(fd[0], &b, 1);
}

static void p_readv(void)
{
	char b;
	struct iovec v = { &b, 1 };

	(void)!readv(fd[0], &v, 1);
}

static void p_recv(void)
{
	char b;

	recv(dgram[0], &b, 1, 0);
}

static void p_recvfrom(void)
{
	char b;

	recvfrom(dgram[0], &b, 1, 0, NULL, NULL);
}

static void p_recvmsg(void)
{
	char b;
	struct iovec v = { &b, 1 };
	struct msghdr m = { .msg_iov = &v, .msg_iovlen = 1 };

	recvmsg(dgram[0], &m, 0);
}

static void p_recvmmsg(void)
{
	char b;
	struct iovec v = { &b, 1 };
	struct mmsghdr m = { .msg_hdr = { .msg_iov = &v, .msg_iovlen = 1 } };

	recvmmsg(dgram[0], &m, 1, 0, NULL);
}

static void p_accept(void)
{
	accept(lfd, NULL, NULL);
}

static void p_send(void)
{
	send(full[0], big, sizeof(big), 0);
}

static void p_write(void)
{
	(void)!write(full_pipe[1], big, 100);
}

static void p_eventfd(void)
{
	uint64_t n;

	(void)!read(event, &n, sizeof(n));
}

static void p_timerfd(void)
{
	uint64_t n;

	(void)!read(timer, &n, sizeof(n));
}

static void p_poll(void)
{
	struct pollfd p = { fd[0], POLLIN, 0 };

	poll(&p, 1, -1);
}

static void p_sleep(void)
{
	sleep(100);
}

static void p_pause(void)
{
	pause();
}

static const struct {
	const char *name;
	void (*fn)(void);
} points[] = {
#define P(x)              \
	{                 \
#x, p_##x \
	}
	P(read),     P(readv), P(recv),	 P(recvfrom), P(recvmsg),
	P(recvmmsg), P(send),  P(write), P(accept),   P(eventfd),
	P(timerfd),  P(poll),  P(sleep), P(pause),
};

static void *worker(void *arg)
{
	void (*fn)(void) = *(void (*const *)(void))arg;

	t_set(&up, 1);
	fn();
	return NULL;
}

static void all(void)
{
	for (size_t i = 0; i < sizeof(points) / sizeof(*points); i++) {
		pthread_t th;

		t_set(&up, 0);
		th = t_go(worker, (void *)&points[i].fn);
		t_await(t_get(&up));
		t_settle();
		PDO(pthread_kill(th, SIGUSR1));
		printf("%s: %s\n", points[i].name,
		       t_join(th) == PTHREAD_CANCELED ? "cancelled"
						      : "came back");
	}
}

int main(void)
{
	DO(pipe(fd));
	t_pair(SOCK_DGRAM, dgram);
	t_pair(SOCK_STREAM, full);
	DO(pipe(full_pipe));
	t_fill(full_pipe[1]);
	t_fill(full[0]);
	lfd = t_listen(&sa);
	event = DO(eventfd(0, 0));
	timer = DO(timerfd_create(CLOCK_MONOTONIC, 0));
	printf("without SA_RESTART\n");
	t_handle(SIGUSR1, on, 0);
	all();
	printf("with SA_RESTART\n");
	t_handle(SIGUSR1, on, SA_RESTART);
	all();
	return t_end();
}
