/* CPU clocks that were asked for early: by main() before there was another
 * thread, and by a handler on the alternate stack. */
#include "cpu.h"

static volatile int64_t in_handler;

static void *sleeps(void *arg)
{
	int64_t first = cpu_own();

	for (int i = 0; i < 5; i++)
		t_settle();
	*(int64_t *)arg = cpu_own() - first;
	return NULL;
}

static int64_t slept(void)
{
	int64_t used;

	t_join(t_go(sleeps, &used));
	return used;
}

static void on(int sig)
{
	(void)sig;
	in_handler = cpu_own();
}

static void *handles(void *arg)
{
	stack_t ss = { .ss_size = 65536 };

	ss.ss_sp = malloc(ss.ss_size);
	DO(sigaltstack(&ss, NULL));
	cpu_compute();
	DO(raise(SIGUSR1));
	cpu_compute();
	*(int64_t *)arg = cpu_own() - in_handler;
	ss.ss_flags = SS_DISABLE;
	DO(sigaltstack(&ss, NULL));
	free(ss.ss_sp);
	return NULL;
}

int main(void)
{
	struct sigaction sa = { .sa_handler = on, .sa_flags = SA_ONSTACK };
	int64_t first = cpu_own(), used;

	DO(sigaction(SIGUSR1, &sa, NULL));
	t_background();
	cpu_compute();
	used = cpu_own() - first;
	CHECK(slept() < used);
	t_join(t_go(handles, &used));
	CHECK(slept() < used);
	return t_end();
}
