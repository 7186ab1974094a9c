/* On one CPU: threads that only compute beside threads that play ping-pong;
 * all get on. */
#include "t.h"

#define PAIRS 3
static int stop, spins[2], fd[PAIRS][2];

static void *burner(void *arg)
{
	volatile unsigned long x = 1;

	while (!t_get(&stop)) {
		for (int i = 0; i < 10000; i++)
			x = x * 1103515245 + 12345;
		t_inc((int *)arg);
	}
	return NULL;
}

static void *echo(void *arg)
{
	char b;

	while (read(*(int *)arg, &b, 1) == 1)
		t_put(*(int *)arg, &b, 1);
	return NULL;
}

static void *asker(void *arg)
{
	char b = 'x';

	for (int i = 0; i < 20; i++) {
		t_put(*(int *)arg, &b, 1);
		t_take(*(int *)arg, &b, 1);
	}
	DO(shutdown(*(int *)arg, SHUT_WR));
	return NULL;
}

static void one_cpu(void)
{
	cpu_set_t set;
	int i = 0;

	DO(sched_getaffinity(0, sizeof(set), &set));
	while (!CPU_ISSET(i, &set))
		i++;
	CPU_ZERO(&set);
	CPU_SET(i, &set);
	DO(sched_setaffinity(0, sizeof(set), &set));
}

int main(void)
{
	pthread_t burn[2], th[PAIRS][2];

	one_cpu();
	for (int i = 0; i < 2; i++)
		burn[i] = t_go(burner, &spins[i]);
	for (int i = 0; i < PAIRS; i++) {
		t_pair(SOCK_STREAM, fd[i]);
		th[i][0] = t_go(echo, &fd[i][0]);
		th[i][1] = t_go(asker, &fd[i][1]);
	}
	for (int i = 0; i < PAIRS; i++)
		for (int j = 0; j < 2; j++)
			t_join(th[i][j]);
	printf("ping-pong done\n");
	t_await(t_get(&spins[0]) > 0 && t_get(&spins[1]) > 0);
	t_set(&stop, 1);
	for (int i = 0; i < 2; i++)
		t_join(burn[i]);
	printf("burners done\n");
	return t_end();
}
