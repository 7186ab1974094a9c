/* In a program that has no signals poll() and select() are never interrupted,
 * however often and for however short a time they are asked. */
#include "t.h"

enum {
	ASKERS = 3,
	SLEEPERS = 4,
	MS = 1500
};

static int fd[2], stop, interrupted, failed;

static void look(int r)
{
	if (r < 0 && errno == EINTR)
		t_inc(&interrupted);
	else if (r)
		t_inc(&failed);
}

static void *asks(void *arg)
{
	struct pollfd p = { fd[0], POLLIN, 0 };
	double end = t_now() + MS / 1e3;
	struct timespec none = { 0, 0 };
	int way = (int)(long)arg;

	t_settle();
	while (t_now() < end) {
		struct timeval tv = { 0, 0 };
		fd_set in;

		for (volatile int i = 0; i < 3000 * (way & 1); i++)
			;
		FD_ZERO(&in);
		FD_SET(fd[0], &in);
		if (way == 0)
			look(select(fd[0] + 1, &in, NULL, NULL, &tv));
		else if (way == 1)
			look(poll(&p, 1, 0));
		else
			look(pselect(fd[0] + 1, &in, NULL, NULL, &none, NULL));
	}
	return NULL;
}

/* So that there is always somebody whose time has come. */
static void *sleeps(void *arg)
{
	struct timespec ts = { 0, 300000 };

	while (!t_get(&stop))
		nanosleep(&ts, NULL);
	return arg;
}

int main(void)
{
	pthread_t a[ASKERS], s[SLEEPERS];

	t_pair(SOCK_STREAM, fd);
	for (long i = 0; i < ASKERS; i++)
		a[i] = t_go(asks, (void *)i);
	for (int i = 0; i < SLEEPERS; i++)
		s[i] = t_go(sleeps, NULL);
	for (int i = 0; i < ASKERS; i++)
		t_join(a[i]);
	t_set(&stop, 1);
	for (int i = 0; i < SLEEPERS; i++)
		t_join(s[i]);
	printf("interrupted: %s\n", interrupted ? "yes" : "never");
	printf("failed: %d\n", failed);
	return t_end();
}
