/* pthread_kill() to one of several waiting threads: its handler, its EINTR. */
#include "t.h"

#define THREADS 5
static int fd[THREADS][2], hit[THREADS], wrong, done[THREADS], up;
static pthread_t th[THREADS];
static __thread int me = -1;

static void on(int sig)
{
	(void)sig;
	if (me < 0)
		t_inc(&wrong);
	else
		t_inc(&hit[me]);
	if (me >= 0 && !pthread_equal(pthread_self(), th[me]))
		t_inc(&wrong);
}

static void *worker(void *arg)
{
	char b;
	int r;

	me = (int)(intptr_t)arg;
	t_inc(&up);
	r = (int)recv(fd[me][0], &b, 1, 0);
	r = r < 0 ? -errno : r;
	t_set(&done[me], 1);
	return (void *)(intptr_t)r;
}

int main(void)
{
	t_handle(SIGUSR1, on, 0);
	for (int i = 0; i < THREADS; i++)
		t_pair(SOCK_STREAM, fd[i]);
	for (int i = 0; i < THREADS; i++)
		th[i] = t_go(worker, (void *)(intptr_t)i);
	/* The handler asks for the number that each gives itself. */
	t_await(t_get(&up) == THREADS);
	for (int i = 0; i < THREADS; i += 2)
		t_await((pthread_kill(th[i], SIGUSR1), t_get(&done[i])));
	for (int i = 1; i < THREADS; i += 2)
		t_put(fd[i][1], "x", 1);
	for (int i = 0; i < THREADS; i++) {
		long r = (long)t_join(th[i]);

		printf("%d: %s, handler %s\n", i,
		       r < 0 ? strerrorname_np((int)-r) : "data",
		       hit[i] ? "ran" : "did not run");
	}
	CHECK(wrong == 0);
	th[0] = pthread_self();
	PSHOW(pthread_kill(th[0], 0));
	PSHOW(pthread_kill(th[0], 999));
	return t_end();
}
