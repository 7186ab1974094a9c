/* One number is in turn a nonblocking socket, a pipe, a listener, a blocking
 * socket: nothing of the one before sticks to it. */
#include "t.h"

static void feed(int fd)
{
	t_put(fd, "x", 1);
}

static struct sockaddr_in sa;

static void visit(int unused)
{
	(void)unused;
	DO(close(t_connect(&sa)));
}

static void body(void)
{
	struct timeval tv = { 0, 1000 };
	char b[4];
	int fd[2], n, a;
	pthread_t th;

	for (int i = 0; i < 3; i++) {
		DO(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fd));
		n = fd[0];
		SHOW(recv(fd[0], b, 4, 0));
		t_close2(fd);
		DO(pipe(fd));
		CHECK(fd[0] == n);
		SHOW(recv(fd[0], b, 4, 0));
		th = t_after(feed, fd[1]);
		SHOW(read(fd[0], b, 4));
		t_join(th);
		t_close2(fd);
		CHECK(t_listen(&sa) == n);
		th = t_after(visit, 0);
		a = DO(accept(n, NULL, NULL));
		t_join(th);
		DO(close(a));
		DO(close(n));
		t_pair(SOCK_DGRAM, fd);
		CHECK(fd[0] == n);
		DO(setsockopt(n, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv)));
		SHOW(read(n, b, 4));
		t_close2(fd);
		t_pair(SOCK_STREAM, fd);
		CHECK(fd[0] == n);
		th = t_after(feed, fd[1]);
		SHOW(recv(n, b, 4, 0));
		t_join(th);
		t_close2(fd);
	}
}

int main(void)
{
	t_both(body);
	return t_end();
}
