/* A handler that waits interrupts fork(), in which libc holds all locks of malloc(),
 * beside threads that want those. */
#include "t.h"

static int over, hits;

static void on(int sig)
{
	int e = errno;

	(void)sig;
	t_inc(&hits);
	t_msleep(3);
	errno = e;
}

static void *forks(void *arg)
{
	for (int i = 0; i < 60; i++) {
		pid_t pid = DO(fork());

		if (pid == 0)
			_exit(0);
		while (waitpid(pid, NULL, 0) < 0)
			;
		usleep(100);
	}
	t_set(&over, 1);
	return arg;
}

static void *allocates(void *arg)
{
	void *p[8] = { NULL };

	for (unsigned i = 0; !t_get(&over); i++) {
		free(p[i % 8]);
		p[i % 8] = malloc(3000 + i % 7 * 1000);
		if (i % 4 == 0)
			usleep(50);
	}
	for (int i = 0; i < 8; i++)
		free(p[i]);
	return arg;
}

int main(void)
{
	struct sigaction sa = { .sa_handler = on, .sa_flags = SA_RESTART };
	size_t size = 32 << 20;	/* that a fork takes its time */
	char *m = malloc(size);
	pthread_t th[6], f;

	memset(m, 1, size);
	DO(sigaction(SIGUSR1, &sa, NULL));
	f = t_go(forks, NULL);
	for (int i = 0; i < 6; i++)
		th[i] = t_go(allocates, NULL);
	while (!t_get(&over)) {
		PDO(pthread_kill(f, SIGUSR1));
		usleep(4000);
	}
	t_join(f);
	for (int i = 0; i < 6; i++)
		t_join(th[i]);
	CHECK(t_get(&hits) > 0);
	free(m);
	return t_end();
}
