/* Signals that are ignored, by their action or by default, or whose action
 * changes to that and back to a handler with SA_RESTART: none ends a call. */
#include "t.h"
#include <sys/eventfd.h>

static int sv[2], event;
static pthread_t waiter;
static char b[8];

static void on(int sig)
{
	(void)sig;
}

static void serve(int fd)
{
	static const int none[] = { SIGUSR2, SIGCHLD, SIGWINCH, SIGURG,
				    SIGCONT };
	uint64_t one = 1;

	for (int i = 0; i < 50; i++) {
		PDO(pthread_kill(waiter, none[i % 5]));
		/* pending, and then ignored */
		t_handle(SIGUSR1, on, SA_RESTART);
		PDO(pthread_kill(waiter, SIGUSR1));
		t_handle(SIGUSR1, SIG_IGN, 0);
		PDO(pthread_kill(waiter, SIGUSR1));
		if (i % 10 == 9)
			t_settle();
	}
	DO(write(fd, &one, sizeof(one)));
}

#define UNDER_SIGNALS(fd, e)             \
	do {                             \
		pthread_t th;            \
		waiter = pthread_self(); \
		th = t_after(serve, fd); \
		SHOW(e);                 \
		t_join(th);              \
	} while (0)

static void body(void)
{
	struct iovec v[2] = { { b, 4 }, { b + 4, 4 } };
	struct msghdr m = { .msg_iov = v, .msg_iovlen = 2 };

	UNDER_SIGNALS(sv[1], read(sv[0], b, 8));
	UNDER_SIGNALS(sv[1], recv(sv[0], b, 8, MSG_WAITALL));
	UNDER_SIGNALS(sv[1], recvmsg(sv[0], &m, 0));
	UNDER_SIGNALS(event, read(event, b, 8));
}

int main(void)
{
	t_pair(SOCK_STREAM, sv);
	event = DO(eventfd(0, 0));
	signal(SIGUSR2, SIG_IGN);
	t_both(body);
	return t_end();
}
