/* A seccomp filter for all threads that comes at any moment of calls that do
 * not have to wait, of threads that have never waited: in many processes. */
#include "t_seccomp.h"

enum {
	CHILDREN = 60,
	THREADS = 6
};

static const struct s_rule natively[] = {
	S_THREADS,
	S_STREAMS,
	S_SLEEPS,
	{ SYS_poll, 0, 0 },
	{ SYS_sendto, 3, 1 },
};

static int stop, turns, nth;

/* Of each kind of call, one that finds all it needs. */
static void turn(int fd[2])
{
	struct pollfd p = { fd[0], POLLIN, 0 };
	char b[2];

	t_put(fd[1], "a", 1);
	t_take(fd[0], b, 1);
	if (send(fd[1], "bc", 2, 0) != 2 || poll(&p, 1, 1000) != 1 ||
	    recv(fd[0], b, 2, 0) != 2)
		t_die("turn");
}

static void *turns_about(void *arg)
{
	while (!t_get(&stop)) {
		turn((int *)arg);
		t_inc(&turns);
	}
	return NULL;
}

static void body(void)
{
	static int fd[THREADS][2];
	pthread_t th[THREADS];
	int n;

	for (int i = 0; i < THREADS; i++)
		t_pair(SOCK_STREAM, fd[i]);
	for (int i = 0; i < THREADS; i++)
		th[i] = t_go(turns_about, fd[i]);
	t_await(t_get(&turns) > nth * 20);
	s_for_all(S_PROGRAM(natively));
	n = t_get(&turns);
	t_await(t_get(&turns) > n + 100);
	t_set(&stop, 1);
	for (int i = 0; i < THREADS; i++)
		t_join(th[i]);
}

int main(void)
{
	s_watch();
	for (; nth < CHILDREN; nth++) {
		printf("child %d\n", nth);
		s_child(body);
	}
	return t_end();
}
