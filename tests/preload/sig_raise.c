/* raise() in a thread: the handler has run, there, when it returns. */
#include "t.h"

static __thread int mine;
static int fd[2];

static void on(int sig)
{
	(void)sig;
	mine++;
}

static void body(void)
{
	char b;

	for (int i = 0; i < 3; i++) {
		SHOW(raise(SIGUSR1));
		printf("%d\n", mine);
		t_put(fd[1], "x", 1);
		t_take(fd[0], &b, 1);
	}
}

int main(void)
{
	DO(pipe(fd));
	t_handle(SIGUSR1, on, 0);
	t_both(body);
	return t_end();
}
