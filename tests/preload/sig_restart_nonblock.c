/* A handler with SA_RESTART makes the descriptor non-blocking: the call that it
 * interrupts, and that goes on, gives EAGAIN, or what it has moved so far. */
#include "t.h"
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/timerfd.h>

static int now, served;
static pthread_t waiter;
static char big[1 << 20];

static void on(int sig)
{
	(void)sig;
	DO(fcntl(t_get(&now), F_SETFL, O_NONBLOCK));
	t_inc(&served);
}

static void poke(int unused)
{
	(void)unused;
	PDO(pthread_kill(waiter, SIGUSR1));
}

/* Poked once, before it or while it waits. */
#define POKED(fd, e)                              \
	do {                                      \
		int before = t_get(&served);      \
		pthread_t th;                     \
		DO(fcntl(fd, F_SETFL, 0));        \
		t_set(&now, fd);                  \
		waiter = pthread_self();          \
		th = t_after(poke, 0);            \
		SHOW(e);                          \
		t_join(th);                       \
		t_await(t_get(&served) > before); \
	} while (0)

static void one(int fd[2])
{
	char b[8];
	struct iovec v[2] = { { b, 4 }, { b + 4, 4 } };

	POKED(fd[0], read(fd[0], b, 8));
	POKED(fd[0], readv(fd[0], v, 2));
	t_fill(fd[1]);
	v[0].iov_base = v[1].iov_base = big;
	POKED(fd[1], write(fd[1], big, 4096));
	POKED(fd[1], writev(fd[1], v, 2));
}

static void two(int fd[2])
{
	char b[8];
	struct iovec v = { b, 8 };
	struct msghdr m = { .msg_iov = &v, .msg_iovlen = 1 };

	POKED(fd[0], recv(fd[0], b, 8, 0));
	POKED(fd[0], recv(fd[0], b, 8, MSG_PEEK));
	POKED(fd[0], recvfrom(fd[0], b, 8, 0, NULL, NULL));
	POKED(fd[0], recvmsg(fd[0], &m, 0));
	POKED(fd[0], recv(fd[0], b, 8, MSG_WAITALL));
	t_put(fd[1], "abc", 3);
	t_await(t_readable(fd[0]) == 3);
	POKED(fd[0], recv(fd[0], b, 8, MSG_WAITALL));
}

/* connect() where the listener takes no more: EALREADY, or if the handler came
   first EINPROGRESS. */
static int connects(int fd, const struct sockaddr_in *sa)
{
	int r = connect(fd, (const struct sockaddr *)sa, sizeof(*sa));

	return r < 0 && (errno == EALREADY || errno == EINPROGRESS);
}

static void full(void)
{
	struct sockaddr_in sa;
	int l = t_bound(SOCK_STREAM, &sa), before[4];
	int fd = DO(socket(AF_INET, SOCK_STREAM, 0));

	DO(listen(l, 0));
	for (int i = 0; i < 4; i++) {
		before[i] = DO(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0));
		connects(before[i], &sa);
	}
	t_settle();
	POKED(fd, connects(fd, &sa));
	DO(close(fd));
	for (int i = 0; i < 4; i++)
		DO(close(before[i]));
	DO(close(l));
}

static void body(void)
{
	struct sockaddr_in sa;
	int fd[2], l = t_listen(&sa);
	uint64_t n;
	char events[4096];

	printf("-- pipe\n");
	DO(pipe(fd));
	one(fd);
	t_close2(fd);
	printf("-- unix\n");
	t_pair(SOCK_STREAM, fd);
	one(fd);
	t_close2(fd);
	t_sockets(two);
	printf("-- others\n");
	POKED(l, accept(l, NULL, NULL));
	DO(close(l));
	fd[0] = DO(eventfd(0, 0));
	POKED(fd[0], read(fd[0], &n, sizeof(n)));
	DO(close(fd[0]));
	fd[0] = DO(timerfd_create(CLOCK_MONOTONIC, 0));
	POKED(fd[0], read(fd[0], &n, sizeof(n)));
	DO(close(fd[0]));
	fd[0] = DO(inotify_init());
	POKED(fd[0], read(fd[0], events, sizeof(events)));
	DO(close(fd[0]));
	full();
	t_pair(SOCK_DGRAM, fd);
	POKED(fd[0], recv(fd[0], &n, sizeof(n), 0));
	t_close2(fd);
}

int main(void)
{
	t_handle(SIGUSR1, on, SA_RESTART);
	t_both(body);
	return t_end();
}
