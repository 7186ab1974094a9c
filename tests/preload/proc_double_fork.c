/* The old way to a daemon, from a thread: fork, setsid, fork; the grandchild
 * serves a socket with threads. */
#include "t.h"

static int s[2];

static void *serve(void *arg)
{
	char b;

	(void)arg;
	t_take(s[1], &b, 1);
	b++;
	t_put(s[1], &b, 1);
	return NULL;
}

static void body(void)
{
	pid_t pid;
	char b;

	t_pair(SOCK_STREAM, s);
	pid = DO(fork());
	if (!pid) {
		DO(setsid());
		pid = DO(fork());
		if (pid)
			_exit(0);
		DO(close(s[0]));
		for (int i = 0; i < 3; i++)
			t_join(t_go(serve, NULL));
		_exit(0);
	}
	DO(close(s[1]));
	t_reap(pid);
	for (int i = 0; i < 3; i++) {
		t_put(s[0], "a", 1);
		t_take(s[0], &b, 1);
		printf("%c\n", b);
	}
	SHOW(read(s[0], &b, 1));
	DO(close(s[0]));
}

int main(void)
{
	t_both(body);
	return t_end();
}
