/* Handlers that wait in sigsuspend() or pause() for a signal, and meanwhile
 * other threads close and copy descriptors, cancel and end each other, and ask
 * for clocks: only the signal ends it, and the calls go on. */
#include "t.h"

enum {
	WAITERS = 4,
	ROUNDS = 6,
	TURNS = 20
};

static int fd[WAITERS][2], in, out, early, pauses;
static __thread volatile int resumed;

static void go_on(int sig)
{
	(void)sig;
	resumed = 1;
}

/* All other signals are blocked. */
static void on(int sig)
{
	int e = errno;
	sigset_t set;

	(void)sig;
	resumed = 0;
	sigfillset(&set);
	sigdelset(&set, SIGUSR2);
	t_inc(&in);
	if (t_get(&pauses))
		pause();
	else
		sigsuspend(&set);
	if (!resumed)
		t_inc(&early);
	t_inc(&out);
	errno = e;
}

static void *waiter(void *arg)
{
	int own = *(int *)arg;
	char b;

	while (read(own, &b, 1) == 1)
		t_put(own, &b, 1);
	return NULL;
}

static void *ends(void *arg)
{
	return arg;
}

static void *to_be_closed(void *arg)
{
	char b;

	(void)!read(*(int *)arg, &b, 1);
	return NULL;
}

static void turn(const pthread_t *th, int asks)
{
	int own[2], copy;
	pthread_t other;
	clockid_t clock;

	t_pair(SOCK_STREAM, own);
	other = t_go(to_be_closed, &own[0]);
	for (int i = 0; i < WAITERS; i++) {
		copy = DO(dup(fd[i][0]));
		DO(dup2(own[1], copy));
		DO(close(copy));
		if (asks)
			PDO(pthread_getcpuclockid(th[i], &clock));
	}
	PDO(pthread_cancel(other));
	t_join(other);
	other = t_go(to_be_closed, &own[0]);
	DO(shutdown(own[1], SHUT_WR));
	t_join(other);
	t_join(t_go(ends, NULL));
	t_close2(own);
}

/* A pause() that has not begun misses it. */
static void resume(const pthread_t *th)
{
	do {
		for (int i = 0; i < WAITERS; i++)
			PDO(pthread_kill(th[i], SIGUSR2));
		t_settle();
	} while (t_get(&pauses) && t_get(&out) < WAITERS);
}

static void round_of(const pthread_t *th, int asks)
{
	char b;

	t_set(&in, 0);
	t_set(&out, 0);
	t_settle();
	for (int i = 0; i < WAITERS; i++)
		PDO(pthread_kill(th[i], SIGUSR1));
	t_await(t_get(&in) == WAITERS);
	for (int i = 0; i < TURNS; i++)
		turn(th, asks);
	CHECK(t_get(&out) == 0);
	resume(th);
	for (int i = 0; i < WAITERS; i++) {
		t_put(fd[i][1], "x", 1);
		t_take(fd[i][1], &b, 1);
	}
	SHOW(t_get(&out));
}

static void set_up(int with_pause)
{
	struct sigaction sa;

	memset(&sa, 0, sizeof(sa));
	sa.sa_handler = on;
	sa.sa_flags = SA_RESTART;
	sigfillset(&sa.sa_mask);
	if (with_pause)
		sigdelset(&sa.sa_mask, SIGUSR2);
	DO(sigaction(SIGUSR1, &sa, NULL));
	t_set(&pauses, with_pause);
}

int main(void)
{
	pthread_t th[WAITERS];

	t_handle(SIGUSR2, go_on, SA_RESTART);
	for (int i = 0; i < WAITERS; i++) {
		t_pair(SOCK_STREAM, fd[i]);
		th[i] = t_go(waiter, &fd[i][0]);
	}
	for (int i = 0; i < ROUNDS; i++) {
		set_up(i % 2);
		round_of(th, i >= ROUNDS / 2);
	}
	SHOW(t_get(&early));
	for (int i = 0; i < WAITERS; i++)
		DO(shutdown(fd[i][1], SHUT_WR));
	for (int i = 0; i < WAITERS; i++)
		t_join(th[i]);
	return t_end();
}
