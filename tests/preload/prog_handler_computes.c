/* A request handler that computes for long does not hold up the others. */
#include "t.h"

static int slow[2], quick[2], computing;

static void *computes(void *arg)
{
	volatile unsigned long x = 1;
	double until;
	char b;

	(void)arg;
	t_take(slow[0], &b, 1);
	t_set(&computing, 1);
	until = t_now() + 0.4;
	while (t_now() < until)
		for (int i = 0; i < 10000; i++)
			x = x * 1103515245 + 12345;
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
	int n = 0;

	t_pair(SOCK_STREAM, slow);
	t_pair(SOCK_STREAM, quick);
	c = t_go(computes, NULL);
	e = t_go(echo, NULL);
	t_put(slow[1], &b, 1);
	t_await(t_get(&computing));
	while (recv(slow[1], &b, 1, MSG_DONTWAIT) < 0) {
		t_put(quick[1], &b, 1);
		t_take(quick[1], &b, 1);
		n++;
	}
	/* 400 ms: with turns of 4 ms at worst there is time for many. */
	CHECK(n >= 5);
	DO(shutdown(quick[1], SHUT_WR));
	t_join(c);
	t_join(e);
	return t_end();
}
