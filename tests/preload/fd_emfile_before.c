/* A low descriptor limit set before the first thread: all numbers are to be
 * had, and waiting works with none free. */
#include "t.h"

static int fd[2];

static void feed(int s)
{
	t_put(s, "x", 1);
}

int main(void)
{
	struct rlimit rl = { 32, 32 };
	int n = 0;
	pthread_t th;
	char b[4];

	DO(setrlimit(RLIMIT_NOFILE, &rl));
	t_pair(SOCK_STREAM, fd);
	while (dup(0) >= 0)
		n++;
	printf("%d, %s\n", n, strerrorname_np(errno));
	for (int i = 0; i < 10; i++) {
		th = t_after(feed, fd[1]);
		SHOW(read(fd[0], b, 4));
		t_join(th);
	}
	SHOW(dup(0));
	return t_end();
}
