/* A datagram that waits for a full queue arrives as it was sent, by whichever call. */
#include "t.h"

#define WAYS 6

static int fd[2], ready[2];

static void *drain(void *arg)
{
	char b[64];
	int n = (int)(intptr_t)arg, empty = 0, hello = 0;

	t_settle();
	t_put(ready[1], "x", 1);
	t_settle();
	for (int i = 0; i <= n; i++) {
		ssize_t r = DO(recv(fd[0], b, sizeof(b), 0));

		empty += r == 0;
		hello += r == 5 && !memcmp(b, "HELLO", 5);
	}
	return (void *)(intptr_t)(empty * 100 + hello);
}

static long one(int way, const struct sockaddr_un *un, socklen_t len)
{
	struct iovec v = { (void *)"HELLO", 5 };
	struct mmsghdr m = { .msg_hdr = { .msg_iov = &v, .msg_iovlen = 1 } };
	int r;

	switch (way) {
	case 0:
		return send(fd[1], "HELLO", 5, 0);
	case 1:
		return write(fd[1], "HELLO", 5);
	case 2:
		return writev(fd[1], &v, 1);
	case 3:
		return sendmsg(fd[1], &m.msg_hdr, 0);
	case 4:
		r = sendmmsg(fd[1], &m, 1, 0);
		return r == 1 ? (long)m.msg_len : -1;
	default:
		return sendto(fd[1], "HELLO", 5, 0,
			      (const struct sockaddr *)un, len);
	}
}

static void try_way(int way, const struct sockaddr_un *un, socklen_t len)
{
	pthread_t th;
	char c;
	int n = 0;

	while (send(fd[1], "xyz", 3, MSG_DONTWAIT) == 3)
		n++;
	th = t_go(drain, (void *)(intptr_t)n);
	t_take(ready[0], &c, 1);
	printf("%d: %ld\n", way, one(way, un, len));
	printf("%d\n", (int)(intptr_t)t_join(th));
}

static void body(void)
{
	struct sockaddr_un un;
	socklen_t len = t_unix_name(&un, "full");

	DO(pipe(ready));
	fd[0] = DO(socket(AF_UNIX, SOCK_DGRAM, 0));
	fd[1] = DO(socket(AF_UNIX, SOCK_DGRAM, 0));
	DO(bind(fd[0], (struct sockaddr *)&un, len));
	DO(connect(fd[1], (struct sockaddr *)&un, len));
	for (int way = 0; way < WAYS; way++)
		try_way(way, &un, len);
	t_close2(fd);
	t_close2(ready);
}

int main(void)
{
	t_both(body);
	return t_end();
}
