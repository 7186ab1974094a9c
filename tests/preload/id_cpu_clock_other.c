/* Another thread's CPU clock: what others see of it is what it sees itself,
 * computing between its waits; and a thread that has ended has none. */
#include "cpu.h"

static int go[2], done[2];
static int64_t before, after;

static void *worker(void *arg)
{
	char b;

	(void)arg;
	for (int i = 0; i < 50; i++) {
		t_take(go[0], &b, 1);
		cpu_use();
		before = cpu_own();
		t_put(done[1], "x", 1);
		t_take(go[0], &b, 1);
		cpu_use();
		after = cpu_own();
		t_put(done[1], "x", 1);
	}
	return NULL;
}

static void turn(void)
{
	char b;

	t_put(go[1], "x", 1);
	t_take(done[0], &b, 1);
}

static void *ends(void *arg)
{
	return arg;
}

int main(void)
{
	clockid_t clock;
	int64_t last, seen;
	int early = 0, late = 0, back = 0;
	pthread_t th;

	DO(pipe(go));
	DO(pipe(done));
	t_background();
	th = t_go(worker, NULL);
	t_settle();
	PDO(pthread_getcpuclockid(th, &clock));
	last = cpu_of(clock);
	for (int i = 0; i < 50; i++) {
		turn();
		seen = cpu_of(clock);
		early |= before > seen;
		back |= seen < last;
		last = seen;
		turn();
		late |= seen > after;
	}
	CHECK(!early);
	CHECK(!late);
	CHECK(!back);
	t_join(th);
	th = t_go(ends, NULL);
	t_await(pthread_getcpuclockid(th, &clock) == ESRCH);
	PSHOW(pthread_getcpuclockid(th, &clock));
	t_join(th);
	return t_end();
}
