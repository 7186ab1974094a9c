/* A handler's sigsuspend(), in a thread that computes between its waits: it ends
 * with the signal that it waits for, not when another thread asks for the
 * thread's CPU clock. */
#include "t.h"

enum {
	ROUNDS = 150,
	THREADS = 3
};

static int fd[2], waits, in, ended, sent;

static void on(int sig)
{
	sigset_t set;

	(void)sig;
	sigfillset(&set);
	sigdelset(&set, SIGUSR2);
	t_set(&in, 1);
	sigsuspend(&set);
	t_set(&ended, 1);
}

static void on_other(int sig)
{
	(void)sig;
	t_set(&sent, 1);
}

static void compute(void)
{
	double end = t_now() + 0.001;

	while (t_now() < end)
		;
}

static void *worker(void *arg)
{
	char b;

	for (int i = 0; i < ROUNDS; i++) {
		compute();
		t_put(fd[1], "y", 1);
		t_take(fd[1], &b, 1);
	}
	compute();
	t_set(&waits, 1);
	t_take(fd[1], &b, 1);
	return arg;
}

static void one(void)
{
	clockid_t clock;
	struct timespec ts;
	pthread_t th;
	char b;

	t_set(&waits, 0);
	t_set(&in, 0);
	t_set(&ended, 0);
	t_set(&sent, 0);
	t_pair(SOCK_STREAM, fd);
	th = t_go(worker, NULL);
	for (int i = 0; i < ROUNDS; i++) {
		t_take(fd[0], &b, 1);
		t_settle();
		t_put(fd[0], "x", 1);
	}
	t_await(t_get(&waits));
	t_settle();
	PDO(pthread_kill(th, SIGUSR1));
	t_await(t_get(&in));
	t_settle();
	PDO(pthread_getcpuclockid(th, &clock));
	DO(clock_gettime(clock, &ts));
	for (int i = 0; i < 10; i++)
		t_settle();
	CHECK(!t_get(&ended));
	PDO(pthread_kill(th, SIGUSR2));
	t_await(t_get(&ended));
	CHECK(t_get(&sent));
	t_put(fd[0], "x", 1);
	t_join(th);
	t_close2(fd);
}

int main(void)
{
	struct sigaction sa = { .sa_handler = on, .sa_flags = SA_RESTART };

	/* SIGUSR2 not before sigsuspend() lets it in */
	sigaddset(&sa.sa_mask, SIGUSR2);
	DO(sigaction(SIGUSR1, &sa, NULL));
	t_handle(SIGUSR2, on_other, SA_RESTART);
	t_background();
	for (int i = 0; i < THREADS; i++)
		one();
	return t_end();
}
