/* A handler without SA_RESTART: each call that waits gives EINTR. */
#include "t.h"

static int hits, done;
static pthread_t waiter;

static void on(int sig)
{
	(void)sig;
	t_inc(&hits);
}

static void *poker(void *arg)
{
	(void)arg;
	t_await((pthread_kill(waiter, SIGUSR1), t_get(&done)));
	return NULL;
}

/* Poked until it returns; once is not enough if it has not begun to wait. */
#define POKED(e)                               \
	do {                                   \
		pthread_t th;                  \
		waiter = pthread_self();       \
		t_set(&done, 0);               \
		th = t_go(poker, NULL);        \
		SHOW(e);                       \
		t_set(&done, 1);               \
		t_join(th);                    \
	} while (0)

static char big[1 << 20];

static void body(void)
{
	struct sockaddr_in sa;
	int l = t_listen(&sa), s[2], p[2];
	char b[8];
	struct iovec v = { b, 8 };
	struct msghdr m = { .msg_iov = &v, .msg_iovlen = 1 };
	struct pollfd pfd;
	struct timespec ts = { 25, 0 };
	fd_set r;

	t_pair(SOCK_STREAM, s);
	DO(pipe(p));
	POKED(read(p[0], b, 8));
	POKED(read(s[0], b, 8));
	POKED(readv(p[0], &v, 1));
	POKED(recv(s[0], b, 8, 0));
	POKED(recvfrom(s[0], b, 8, MSG_PEEK, NULL, NULL));
	POKED(recvmsg(s[0], &m, 0));
	POKED(accept(l, NULL, NULL));
	POKED(accept4(l, NULL, NULL, SOCK_CLOEXEC));
	pfd = (struct pollfd){ s[0], POLLIN, 0 };
	POKED(poll(&pfd, 1, -1));
	POKED(ppoll(&pfd, 1, &ts, NULL));
	FD_ZERO(&r);
	FD_SET(s[0], &r);
	POKED(select(s[0] + 1, &r, NULL, NULL, NULL));
	POKED(pselect(s[0] + 1, &r, NULL, NULL, &ts, NULL));
	t_fill(s[1]);
	POKED(send(s[1], big, 100, 0));
	t_fill(p[1]);
	POKED(write(p[1], big, 100));
	t_close2(s);
	t_close2(p);
	DO(close(l));
}

int main(void)
{
	t_handle(SIGUSR1, on, 0);
	t_both(body);
	CHECK(t_get(&hits) > 0);
	return t_end();
}
