/* fork() in main while threads wait: they go on here and are not there. */
#include "t.h"

#define THREADS 6
static int fd[THREADS][2];

static void *reader(void *arg)
{
	char b[8];
	long sum = 0, n;

	while ((n = read(*(int *)arg, b, 8)) > 0)
		sum += n;
	return (void *)sum;
}

static void *once(void *arg)
{
	return arg;
}

int main(void)
{
	pthread_t th[THREADS];
	char b[4];

	for (int i = 0; i < THREADS; i++) {
		t_pair(SOCK_STREAM, fd[i]);
		th[i] = t_go(reader, &fd[i][0]);
	}
	for (int n = 0; n < 10; n++) {
		pid_t pid;

		t_settle();
		pid = DO(fork());
		if (!pid) {
			/* Nobody else reads here. */
			t_put(fd[0][1], "12", 2);
			if (t_join(t_go(once, &fd)) != &fd)
				_exit(9);
			_exit(n);
		}
		t_reap(pid);
		for (int i = 0; i < THREADS; i++)
			t_put(fd[i][1], "x", 1);
	}
	for (int i = 0; i < THREADS; i++) {
		DO(shutdown(fd[i][1], SHUT_WR));
		printf("%ld\n", (long)t_join(th[i]));
		SHOW(recv(fd[i][1], b, 4, MSG_DONTWAIT));
	}
	return t_end();
}
