/* A signal sent to a thread that computes has been handled when it sees what was
 * stored, a moment later, in memory. */
#include "t.h"

#define ROUNDS 500

static pthread_t receiver;
static int handled, asked, stored, to_process;

static void on_signal(int sig)
{
	(void)sig;
	t_inc(&handled);
}

/* Longer than an interrupt takes from one CPU to another. */
static void compute(void)
{
	for (volatile int i = 0; i < 20000; i++)
		;
}

/* One that sleeps first is away with the shim. */
static void moment(void)
{
	struct timespec ts = { .tv_nsec = 50000 };

	DO(nanosleep(&ts, NULL));
}

static void *sender(void *arg)
{
	for (int i = 1; i <= ROUNDS; i++) {
		while (t_get(&asked) != i)
			moment();
		if (to_process)
			DO(kill(getpid(), SIGUSR1));
		else
			PDO(pthread_kill(receiver, SIGUSR1));
		compute();
		t_set(&stored, i);
	}
	return arg;
}

static void *receives(void *arg)
{
	int missed = 0;

	for (int i = 1; i <= ROUNDS; i++) {
		int before = t_get(&handled);

		moment();
		t_set(&asked, i);
		while (t_get(&stored) != i)
			;
		missed += t_get(&handled) == before;
		t_await(t_get(&handled) != before);
	}
	printf("missed %d\n", missed);
	return arg;
}

static void rounds(const char *what)
{
	pthread_t th;

	printf("%s: ", what);
	asked = stored = 0;
	receiver = pthread_self();
	th = t_go(sender, NULL);
	receives(NULL);
	t_join(th);
}

int main(void)
{
	struct sigaction sa = { .sa_handler = on_signal,
				.sa_flags = SA_RESTART };

	DO(sigaction(SIGUSR1, &sa, NULL));
	t_background();
	rounds("to the thread");
	to_process = 1;
	rounds("to the process");
	return t_end();
}
