/* recvmmsg() and sendmmsg() that end before all is done: by a signal whose handler
   would have others restarted, and by an error that nobody is told. */
#include "t.h"

#define N 4

static struct mmsghdr v[N];
static struct iovec iov[N];
static char room[N][8];
static int fd[2], ready[2];
static pthread_t waits;
static _Atomic int got;

static void on_usr1(int sig)
{
	(void)sig;
	got++;
}

static void fill(void)
{
	memset(v, 0, sizeof(v));
	for (int i = 0; i < N; i++) {
		iov[i] = (struct iovec){ room[i], 3 };
		v[i].msg_hdr.msg_iov = &iov[i];
		v[i].msg_hdr.msg_iovlen = 1;
	}
}

static void *signaller(void *arg)
{
	(void)arg;
	t_settle();
	t_put(ready[1], "x", 1);
	t_settle();
	/* what it waits for behind the first is for later */
	t_await(t_readable(fd[0]) == 0);
	t_settle();
	PDO(pthread_kill(waits, SIGUSR1));
	return NULL;
}

static void some_then_signal(void)
{
	pthread_t th;
	char c;

	t_pair(SOCK_DGRAM, fd);
	waits = pthread_self();
	got = 0;
	DO(send(fd[1], "abc", 3, 0));
	th = t_go(signaller, NULL);
	t_take(ready[0], &c, 1);
	fill();
	SHOW(recvmmsg(fd[0], v, N, 0, NULL));
	printf("%u bytes, %d signals\n", v[0].msg_len, got);
	t_join(th);
	t_close2(fd);
}

static void refused(void)
{
	struct sockaddr_in sa;
	int to = t_bound(SOCK_DGRAM, &sa), s = DO(socket(AF_INET, SOCK_DGRAM, 0));

	DO(connect(s, (struct sockaddr *)&sa, sizeof(sa)));
	/* It keeps the port from others, and takes only what it sends itself. */
	DO(connect(to, (struct sockaddr *)&sa, sizeof(sa)));
	fill();
	for (int i = 0; i < 3; i++)
		SHOW(sendmmsg(s, v, N, 0));
	DO(close(s));
	DO(close(to));
}

static void body(void)
{
	DO(pipe(ready));
	some_then_signal();
	refused();
	t_close2(ready);
}

int main(void)
{
	t_handle(SIGUSR1, on_usr1, SA_RESTART);
	t_both(body);
	return t_end();
}
