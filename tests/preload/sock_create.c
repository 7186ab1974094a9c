/* socket() and socketpair(): kinds, flags and refusals. */
#include "t.h"

static void show(int fd)
{
	int type = -1, domain = -1;
	socklen_t len = sizeof(type);

	DO(getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &len));
	DO(getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &len));
	printf("type %d domain %d fl %#x fd %d\n", type, domain,
	       DO(fcntl(fd, F_GETFL)), DO(fcntl(fd, F_GETFD)));
	DO(close(fd));
}

static void body(void)
{
	static const int type[] = { SOCK_STREAM, SOCK_DGRAM, SOCK_SEQPACKET };
	static const int flag[] = { 0, SOCK_NONBLOCK, SOCK_CLOEXEC,
				    SOCK_NONBLOCK | SOCK_CLOEXEC };
	int fd[2];

	for (int i = 0; i < 3; i++)
		for (int j = 0; j < 4; j++) {
			DO(socketpair(AF_UNIX, type[i] | flag[j], 0, fd));
			show(fd[0]);
			show(fd[1]);
			show(DO(socket(AF_UNIX, type[i] | flag[j], 0)));
			if (i < 2)
				show(DO(socket(AF_INET, type[i] | flag[j],
					       0)));
		}
	SHOW(socket(AF_INET, SOCK_SEQPACKET, 0));
	SHOW(socket(AF_INET, SOCK_STREAM, IPPROTO_UDP));
	SHOW(socket(12345, SOCK_STREAM, 0));
	SHOW(socket(AF_INET, 0, 0));
	SHOW(socketpair(AF_INET, SOCK_STREAM, 0, fd));
	SHOW(socketpair(AF_UNIX, 77, 0, fd));
}

int main(void)
{
	t_both(body);
	return t_end();
}
