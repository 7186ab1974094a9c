/* siglongjmp() out of a recv() that waits: the old way to a time limit. */
#include "t.h"
#include <setjmp.h>

static __thread sigjmp_buf env;
static __thread volatile int armed;

static void on(int sig)
{
	(void)sig;
	if (armed) {
		armed = 0;
		siglongjmp(env, 1);
	}
}

static void feed(int s)
{
	t_put(s, "after", 5);
}

static void body(void)
{
	int fd[2];
	char b[8];
	volatile pthread_t th;

	t_pair(SOCK_STREAM, fd);
	for (int i = 0; i < 3; i++) {
		th = t_poke(t_poker, NULL);
		if (!sigsetjmp(env, 1)) {
			armed = 1;
			SHOW(recv(fd[0], b, 8, 0));
		} else {
			printf("jumped\n");
		}
		t_poke_end(th);
		th = t_after(feed, fd[1]);
		SHOW(recv(fd[0], b, 8, 0));
		t_join(th);
	}
	t_close2(fd);
}

int main(void)
{
	t_handle(SIGUSR1, on, SA_RESTART);
	t_both(body);
	return t_end();
}
