/* A program that closes every number by raw system calls, and duplicates over
 * them, goes on with threads and I/O. */
#include "t.h"
#include <sys/syscall.h>

static int fd[2];

static void *echo(void *arg)
{
	char b[8];
	ssize_t n;

	(void)arg;
	while ((n = read(fd[1], b, sizeof(b))) > 0)
		t_put(fd[1], b, (size_t)n);
	return NULL;
}

static void talk(void)
{
	char b[8];
	pthread_t th;

	t_pair(SOCK_STREAM, fd);
	printf("%d %d\n", fd[0], fd[1]);
	th = t_go(echo, NULL);
	for (int i = 0; i < 50; i++) {
		t_put(fd[0], "ping", 4);
		t_take(fd[0], b, 4);
	}
	DO(shutdown(fd[0], SHUT_WR));
	t_join(th);
	t_close2(fd);
}

int main(void)
{
	struct rlimit rl;
	int top, n = 0;

	DO(getrlimit(RLIMIT_NOFILE, &rl));
	top = rl.rlim_cur > 65536 ? 65536 : (int)rl.rlim_cur;
	talk();
	for (int i = 3; i < top; i++)
		n += syscall(SYS_close, i) == 0;
	printf("%d closed\n", n);
	talk();
	SHOW(syscall(SYS_close_range, 3, ~0U, 0));
	talk();
	return t_end();
}
