/* The wrong end, the wrong kind of descriptor, the wrong state. */
#include "t.h"

static void body(void)
{
	struct sockaddr_in sa;
	char b[8] = "x";
	struct iovec v = { b, 1 };
	struct msghdr m = { .msg_iov = &v, .msg_iovlen = 1 };
	int p[2], s, dir;

	DO(pipe(p));
	SHOW(read(p[1], b, 1));
	SHOW(write(p[0], b, 1));
	SHOW(readv(p[1], &v, 1));
	SHOW(writev(p[0], &v, 1));
	SHOW(recv(p[0], b, 1, 0));
	SHOW(send(p[1], b, 1, 0));
	SHOW(recvfrom(p[0], b, 1, 0, NULL, NULL));
	SHOW(sendto(p[1], b, 1, 0, NULL, 0));
	SHOW(recvmsg(p[0], &m, 0));
	SHOW(sendmsg(p[1], &m, 0));
	SHOW(accept(p[0], NULL, NULL));
	SHOW(connect(p[0], (struct sockaddr *)&sa, sizeof(sa)));
	SHOW(shutdown(p[0], SHUT_RD));
	SHOW(lseek(p[0], 0, SEEK_CUR));
	s = DO(socket(AF_INET, SOCK_STREAM, 0));
	SHOW(read(s, b, 1));
	SHOW(recv(s, b, 1, 0));
	SHOW(send(s, b, 1, MSG_NOSIGNAL));
	SHOW(accept(s, NULL, NULL));
	SHOW(shutdown(s, SHUT_RDWR));
	DO(close(s));
	s = t_listen(&sa);
	SHOW(recv(s, b, 1, 0));
	SHOW(send(s, b, 1, MSG_NOSIGNAL));
	DO(close(s));
	s = DO(socket(AF_INET, SOCK_DGRAM, 0));
	SHOW(accept(s, NULL, NULL));
	SHOW(send(s, b, 1, 0));
	DO(close(s));
	dir = DO(open("/", O_RDONLY | O_DIRECTORY));
	SHOW(read(dir, b, 1));
	SHOW(write(dir, b, 1));
	DO(close(dir));
	t_close2(p);
}

int main(void)
{
	signal(SIGPIPE, SIG_IGN);
	t_both(body);
	return t_end();
}
