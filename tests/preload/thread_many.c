/* Five hundred threads wait at once; one byte each wakes each. */
#include "t.h"

#define COUNT 500
static int fd[COUNT][2];

static void *worker(void *arg)
{
	char b = 0;

	t_take(fd[(intptr_t)arg][0], &b, 1);
	return (void *)(intptr_t)b;
}

int main(void)
{
	static pthread_t th[COUNT];
	struct rlimit rl;
	pthread_attr_t at;
	int bad = 0;

	DO(getrlimit(RLIMIT_NOFILE, &rl));
	rl.rlim_cur = rl.rlim_max;
	DO(setrlimit(RLIMIT_NOFILE, &rl));
	PDO(pthread_attr_init(&at));
	PDO(pthread_attr_setstacksize(&at, 64 << 10));
	for (int i = 0; i < COUNT; i++) {
		t_pair(SOCK_STREAM, fd[i]);
		PDO(pthread_create(&th[i], &at, worker, (void *)(intptr_t)i));
	}
	for (int i = COUNT - 1; i >= 0; i--) {
		char b = (char)(i % 100 + 1);

		t_put(fd[i][1], &b, 1);
	}
	for (int i = 0; i < COUNT; i++)
		bad += (long)t_join(th[i]) != i % 100 + 1;
	printf("%d bad\n", bad);
	return t_end();
}
