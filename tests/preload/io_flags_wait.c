/* Calls that seldom wait, but do here: a receive of errors or of urgent data
 * where the socket has no such thing and gives all that comes, a large write to
 * an eventfd.  What they wait for ends them; so do a signal and a cancel. */
#include "t.h"
#include <sys/eventfd.h>

static int hits, up;
static int in, out, flags;
static const uint64_t most = UINT64_MAX - 1;

static void on(int sig)
{
	(void)sig;
	t_inc(&hits);
}

static long by_recv(void)
{
	char b[8];

	return recv(in, b, 5, flags);
}

static long by_recvfrom(void)
{
	char b[8];

	return recvfrom(in, b, 5, flags, NULL, NULL);
}

static long by_recvmsg(void)
{
	char b[8];
	struct iovec v = { b, 5 };
	struct msghdr m = { .msg_iov = &v, .msg_iovlen = 1 };

	return recvmsg(in, &m, flags);
}

static long by_recvmmsg(void)
{
	char b[8];
	struct iovec v = { b, 5 };
	struct mmsghdr m = { .msg_hdr = { .msg_iov = &v, .msg_iovlen = 1 } };

	return recvmmsg(in, &m, 1, flags, NULL);
}

static void send5(int fd)
{
	DO(send(fd, "later", 5, 0));
}

static long by_write(void)
{
	return write(in, &most, sizeof(most));
}

static long by_eventfd_write(void)
{
	return eventfd_write(in, most);
}

static void empty(int fd)
{
	eventfd_t v;

	DO(eventfd_read(fd, &v));
}

static void *worker(void *arg)
{
	t_set(&up, 1);
	(*(long (**)(void))arg)();
	return NULL;
}

static void one(const char *what, long (*fn)(void), void (*later)(int))
{
	pthread_t th;

	printf("%s\n", what);
	th = t_poke(t_poker, NULL);
	t_show("poked", fn());
	t_poke_end(th);
	th = t_after(later, out);
	t_show("served", fn());
	t_join(th);
	if (later == empty) {
		empty(in);
		DO(eventfd_write(in, 1));
	}
	t_set(&up, 0);
	th = t_go(worker, &fn);
	t_await(t_get(&up));
	t_settle();
	PDO(pthread_cancel(th));
	printf("cancelled: %d\n", t_join(th) == PTHREAD_CANCELED);
}

#define ONE(fn, later) one(#fn, fn, later)

static void receives(int fd[2], int fl)
{
	in = fd[0];
	out = fd[1];
	flags = fl;
	ONE(by_recv, send5);
	ONE(by_recvfrom, send5);
	ONE(by_recvmsg, send5);
	ONE(by_recvmmsg, send5);
	t_close2(fd);
}

static void body(void)
{
	struct sockaddr_in sa;
	int fd[2];

	printf("-- unix stream\n");
	t_pair(SOCK_STREAM, fd);
	receives(fd, MSG_ERRQUEUE);
	printf("-- unix dgram\n");
	t_pair(SOCK_DGRAM, fd);
	receives(fd, MSG_ERRQUEUE);
	printf("-- unix seqpacket\n");
	t_pair(SOCK_SEQPACKET, fd);
	receives(fd, MSG_ERRQUEUE);
	printf("-- udp\n");
	fd[0] = t_bound(SOCK_DGRAM, &sa);
	fd[1] = DO(socket(AF_INET, SOCK_DGRAM, 0));
	DO(connect(fd[1], (struct sockaddr *)&sa, sizeof(sa)));
	receives(fd, MSG_OOB);
	printf("-- eventfd\n");
	in = out = DO(eventfd(1, 0));
	ONE(by_write, empty);
	ONE(by_eventfd_write, empty);
	DO(close(in));
}

int main(void)
{
	t_handle(SIGUSR1, on, 0);
	t_both(body);
	CHECK(t_get(&hits) > 0);
	return t_end();
}
