/* Threads that sleep do not hold up threads that talk. */
#include "t.h"

static int fd[2], stop;

static void *sleeper(void *arg)
{
	(void)arg;
	while (!t_get(&stop))
		usleep(200000);
	return NULL;
}

static void *echo(void *arg)
{
	int v;

	(void)arg;
	for (;;) {
		t_take(fd[1], &v, sizeof(v));
		if (v < 0)
			return NULL;
		t_put(fd[1], &v, sizeof(v));
	}
}

int main(void)
{
	pthread_t th[9];
	double t = t_now();
	int v;

	t_pair(SOCK_STREAM, fd);
	for (int i = 0; i < 8; i++)
		th[i] = t_go(sleeper, NULL);
	th[8] = t_go(echo, NULL);
	for (int i = 0; i < 300; i++) {
		v = i;
		t_put(fd[0], &v, sizeof(v));
		t_take(fd[0], &v, sizeof(v));
		if (v != i)
			t_die("echo");
	}
	/* A sleep an exchange would be a minute. */
	CHECK(t_now() - t < 10);
	t_set(&stop, 1);
	v = -1;
	t_put(fd[0], &v, sizeof(v));
	for (int i = 0; i < 9; i++)
		t_join(th[i]);
	return t_end();
}
