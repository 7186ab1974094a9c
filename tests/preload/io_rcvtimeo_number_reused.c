/* The limit of a socket that was closed is not that of the pipe, duplicated
   with fcntl() or dup3(), that has its number next. */
#include "t.h"

static void limited_closed(int n)
{
	struct timeval tv = { 0, 1000 };
	int sv[2];
	char c;

	DO(socketpair(AF_UNIX, SOCK_STREAM, 0, sv));
	DO(setsockopt(sv[0], SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv)));
	DO(dup2(sv[0], n));
	SHOW(recv(n, &c, 1, 0));
	DO(close(sv[0]));
	DO(close(sv[1]));
	DO(close(n));
}

static void feed(int fd)
{
	t_put(fd, "late", 4);
}

static void body(void)
{
	int p[2], n = 200;
	pthread_t th;
	char b[8];

	DO(pipe(p));
	limited_closed(n);
	SHOW(fcntl(p[0], F_DUPFD, n) == n);
	th = t_after(feed, p[1]);
	SHOW(read(n, b, 8));
	t_join(th);
	limited_closed(n);
	SHOW(dup3(p[0], n, O_CLOEXEC) == n);
	th = t_after(feed, p[1]);
	SHOW(read(n, b, 8));
	t_join(th);
	DO(close(n));
	DO(close(p[0]));
	DO(close(p[1]));
}

int main(void)
{
	t_both(body);
	return t_end();
}
