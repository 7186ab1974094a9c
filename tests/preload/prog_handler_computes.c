/* A request handler that computes for long does not hold up the others: before
 * it has used 400 ms of CPU they have got on.  (Of CPU, for on a busy machine
 * it, too, may get little; and it does no more when it is clear.) */
#include "t.h"

#define ENOUGH 50
#define BEFORE 100

static int slow[2], quick[2], computing, rounds;

static double cpu_used(void)
{
	struct timespec ts;

	DO(clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts));
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

/* Without a system call, which might have the kernel do something else. */
static void compute(double seconds)
{
	double until = t_now() + seconds;
	volatile unsigned long x = 1;

	while (t_now() < until && t_get(&rounds) < ENOUGH)
		for (int i = 0; i < 10000; i++)
			x = x * 1103515245 + 12345;
}

static void *computes(void *arg)
{
	double until;
	char b;

	(void)arg;
	for (int i = 0; i < BEFORE; i++) {
		t_take(slow[0], &b, 1);
		t_put(slow[0], &b, 1);
	}
	t_set(&computing, 1);
	until = cpu_used() + 0.4;
	while (cpu_used() < until && t_get(&rounds) < ENOUGH)
		compute(0.05);
	t_put(slow[0], "r", 1);
	return NULL;
}

static void *echo(void *arg)
{
	char b;

	(void)arg;
	while (read(quick[0], &b, 1) == 1)
		t_put(quick[0], &b, 1);
	return NULL;
}

int main(void)
{
	pthread_t c, e;
	char b = 'q';

	t_pair(SOCK_STREAM, slow);
	t_pair(SOCK_STREAM, quick);
	c = t_go(computes, NULL);
	e = t_go(echo, NULL);
	/* of so many requests it has waited for one: it has left home */
	for (int i = 0; i < BEFORE; i++) {
		t_put(slow[1], &b, 1);
		t_take(slow[1], &b, 1);
	}
	t_await(t_get(&computing));
	while (recv(slow[1], &b, 1, MSG_DONTWAIT) < 0) {
		t_put(quick[1], &b, 1);
		t_take(quick[1], &b, 1);
		t_inc(&rounds);
	}
	/* With turns of 4 ms at worst there is time for many. */
	CHECK(t_get(&rounds) >= 5);
	DO(shutdown(quick[1], SHUT_WR));
	t_join(c);
	t_join(e);
	return t_end();
}
