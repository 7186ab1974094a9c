/* A new descriptor is the lowest free number, from every call that makes one. */
#include "t.h"
#include <sys/epoll.h>
#include <sys/eventfd.h>

static struct sockaddr_in sa;

static void body(void)
{
	int fd[2], l, c;

	SHOW(dup(0));
	SHOW(dup(0));
	SHOW(dup(0));
	SHOW(dup(0));
	DO(close(6));
	SHOW(dup(0));
	DO(close(5));
	DO(close(7));
	SHOW(pipe(fd));
	printf("%d %d\n", fd[0], fd[1]);
	t_close2(fd);
	SHOW(socketpair(AF_UNIX, SOCK_STREAM, 0, fd));
	printf("%d %d\n", fd[0], fd[1]);
	t_close2(fd);
	l = t_listen(&sa);
	printf("%d\n", l);
	c = t_connect(&sa);
	printf("%d\n", c);
	SHOW(accept(l, NULL, NULL));
	SHOW(open("/dev/null", O_RDONLY));
	SHOW(epoll_create1(0));
	SHOW(eventfd(0, 0));
	SHOW(fcntl(0, F_DUPFD, 5));
	SHOW(fcntl(0, F_DUPFD, 100));
	SHOW(fcntl(0, F_DUPFD_CLOEXEC, 100));
	for (int i = 5; i < 110; i++)
		close(i);
	SHOW(dup(0));
	SHOW(close(5));
}

int main(void)
{
	t_background();
	body();
	close(5);
	close(6);
	t_in_thread(body);
	return t_end();
}
