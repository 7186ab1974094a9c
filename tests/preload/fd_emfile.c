/* The descriptor limit: EMFILE after the same number of descriptors. */
#include "t.h"

static void body(void)
{
	struct sockaddr_in sa;
	int fd[2], n = 0, last = -1, l, c, f;

	l = t_listen(&sa);
	c = t_connect(&sa);
	while ((f = dup(0)) >= 0) {
		last = f;
		n++;
	}
	printf("%d made, last %d, %s\n", n, last, strerrorname_np(errno));
	SHOW(pipe(fd));
	SHOW(socket(AF_INET, SOCK_STREAM, 0));
	SHOW(socketpair(AF_UNIX, SOCK_STREAM, 0, fd));
	SHOW(accept(l, NULL, NULL));
	SHOW(dup2(0, 64));
	SHOW(fcntl(0, F_DUPFD, 64));
	DO(close(last));
	SHOW(pipe(fd));
	SHOW(dup(0));
	DO(close(last));
	SHOW(accept(l, NULL, NULL));
	DO(close(c));
	DO(close(l));
	for (int i = 0; i < n; i++)
		close(last - i);
}

int main(void)
{
	struct rlimit rl = { 64, 64 };

	t_background();
	DO(setrlimit(RLIMIT_NOFILE, &rl));
	printf("in main\n");
	body();
	printf("in a thread\n");
	t_in_thread(body);
	return t_end();
}
