/* A descriptor limit set before the first thread: with threads there are as many
 * descriptors as without. */
#include "t.h"

static int fd[2];

static void *waiter(void *arg)
{
	char c;

	(void)arg;
	SHOW(read(fd[0], &c, 1));
	return NULL;
}

int main(void)
{
	struct rlimit rl = { 64, 200 }, now;
	int n = 0, last = -1, f;
	pthread_t th;

	DO(setrlimit(RLIMIT_NOFILE, &rl));
	t_pair(SOCK_STREAM, fd);
	th = t_go(waiter, NULL);
	t_settle();
	while ((f = dup(0)) >= 0) {
		last = f;
		n++;
	}
	printf("%d made, last %d, %s\n", n, last, strerrorname_np(errno));
	DO(getrlimit(RLIMIT_NOFILE, &now));
	CHECK(now.rlim_cur == 64 && now.rlim_max == 200);
	t_put(fd[1], "x", 1);
	t_join(th);
	SHOW(dup(0));
	DO(close(last));
	SHOW(dup(0));
	return t_end();
}
