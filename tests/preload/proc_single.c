/* A child that never makes a thread, of a parent that has many: its plain
 * blocking I/O to the parent's threads. */
#include "t.h"

#define COUNT 5
static int fd[COUNT][2];

static void *echo(void *arg)
{
	char b[16];
	ssize_t n;

	while ((n = read(*(int *)arg, b, sizeof(b))) > 0)
		t_put(*(int *)arg, b, (size_t)n);
	return NULL;
}

int main(void)
{
	pthread_t th[COUNT];
	pid_t pid[COUNT];

	for (int i = 0; i < COUNT; i++) {
		t_pair(SOCK_STREAM, fd[i]);
		th[i] = t_go(echo, &fd[i][1]);
	}
	for (int i = 0; i < COUNT; i++) {
		pid[i] = DO(fork());
		if (!pid[i]) {
			int v = 0, sum = 0;

			for (int j = 0; j < 50; j++) {
				t_put(fd[i][0], &j, sizeof(j));
				t_take(fd[i][0], &v, sizeof(v));
				sum += v;
			}
			_exit(sum == 1225 ? i : 99);
		}
	}
	for (int i = 0; i < COUNT; i++) {
		t_reap(pid[i]);
		DO(shutdown(fd[i][0], SHUT_WR));
		t_join(th[i]);
	}
	return t_end();
}
