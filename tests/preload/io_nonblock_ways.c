/* O_NONBLOCK set by the program, in each way there is: EAGAIN at once. */
#include "t.h"

static void look(const char *how, int fd)
{
	char b[4];

	printf("%s: %s ", how,
	       DO(fcntl(fd, F_GETFL)) & O_NONBLOCK ? "nonblocking" : "blocking");
	fflush(stdout);
	SHOW(read(fd, b, 4));
}

static void body(void)
{
	struct sockaddr_in sa;
	int p[2], s[2], l, c, on = 1, off = 0;

	DO(pipe(p));
	DO(fcntl(p[0], F_SETFL, O_NONBLOCK));
	look("fcntl on a pipe", p[0]);
	t_close2(p);
	DO(pipe2(p, O_NONBLOCK | O_CLOEXEC));
	look("pipe2", p[0]);
	t_close2(p);
	DO(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, s));
	look("socketpair", s[0]);
	DO(ioctl(s[0], FIONBIO, &off));
	DO(ioctl(s[0], FIONBIO, &on));
	look("FIONBIO", s[0]);
	t_close2(s);
	t_pair(SOCK_STREAM, s);
	DO(fcntl(s[0], F_SETFL, DO(fcntl(s[0], F_GETFL)) | O_NONBLOCK));
	look("fcntl on a socket", s[0]);
	t_close2(s);
	t_pair(SOCK_STREAM, s);
	s[1] = DO(dup2(s[0], s[1]));
	DO(fcntl(s[1], F_SETFL, O_NONBLOCK));
	look("fcntl on its dup", s[0]);
	t_close2(s);
	l = t_listen(&sa);
	DO(fcntl(l, F_SETFL, O_NONBLOCK));
	SHOW(accept(l, NULL, NULL));
	c = t_connect(&sa);
	s[0] = DO(accept4(l, NULL, NULL, SOCK_NONBLOCK));
	look("accept4", s[0]);
	DO(close(s[0]));
	DO(close(c));
	DO(close(l));
	s[0] = DO(socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0));
	look("socket", s[0]);
	DO(close(s[0]));
}

int main(void)
{
	t_both(body);
	return t_end();
}
