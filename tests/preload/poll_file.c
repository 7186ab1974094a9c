/* Plain files and devices are always ready; they end a wait at once. */
#include "t.h"

static void body(void)
{
	int f = DO(open("/proc/self/exe", O_RDONLY));
	int null = DO(open("/dev/null", O_RDWR)), fd[2];
	struct pollfd p[3] = { { f, POLLIN | POLLOUT, 0 },
			       { null, POLLIN | POLLOUT, 0 },
			       { 0, POLLIN, 0 } };
	fd_set r, w;

	t_pair(SOCK_STREAM, fd);
	p[2].fd = fd[0];
	SHOW(poll(p, 3, -1));
	printf("%#x %#x %#x\n", p[0].revents, p[1].revents, p[2].revents);
	FD_ZERO(&r);
	FD_ZERO(&w);
	FD_SET(f, &r);
	FD_SET(fd[0], &r);
	FD_SET(null, &w);
	SHOW(select(fd[0] + 1, &r, &w, NULL, NULL));
	printf("%d %d %d\n", !!FD_ISSET(f, &r), !!FD_ISSET(fd[0], &r),
	       !!FD_ISSET(null, &w));
	t_close2(fd);
	DO(close(f));
	DO(close(null));
}

int main(void)
{
	t_both(body);
	return t_end();
}
