/* What is EINTR even with SA_RESTART: polls, and sockets with a time limit. */
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

static void body(void)
{
	struct timeval tv = { 25, 0 };
	struct pollfd pfd;
	struct sockaddr_in sa;
	int l = t_listen(&sa), s[2];
	char b[8];
	fd_set r;

	t_pair(SOCK_STREAM, s);
	pfd = (struct pollfd){ s[0], POLLIN, 0 };
	POKED(poll(&pfd, 1, -1));
	POKED(ppoll(&pfd, 1, NULL, NULL));
	FD_ZERO(&r);
	FD_SET(s[0], &r);
	POKED(select(s[0] + 1, &r, NULL, NULL, NULL));
	POKED(pselect(s[0] + 1, &r, NULL, NULL, NULL, NULL));
	DO(setsockopt(s[0], SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv)));
	DO(setsockopt(l, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv)));
	POKED(recv(s[0], b, 8, 0));
	POKED(read(s[0], b, 8));
	POKED(accept(l, NULL, NULL));
	t_close2(s);
	DO(close(l));
}

int main(void)
{
	t_handle(SIGUSR1, on, SA_RESTART);
	t_both(body);
	CHECK(t_get(&hits) > 0);
	return t_end();
}
