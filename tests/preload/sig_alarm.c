/* SIGALRM from a timer interrupts main's recv(): the classic time limit. */
#include "t.h"

static int hits, elsewhere, again;
static __thread int main_thread;

static void on(int sig)
{
	(void)sig;
	t_inc(&hits);
	if (again)
		alarm(1);
	if (!main_thread)
		t_inc(&elsewhere);
}

static void timer(long ms)
{
	/* Again and again, in case the first is too early. */
	struct itimerval it = { { 0, 20000 }, { 0, ms * 1000 } };

	if (!ms)
		memset(&it, 0, sizeof(it));
	DO(setitimer(ITIMER_REAL, &it, NULL));
}

int main(void)
{
	int fd[2];
	char b[8];

	main_thread = 1;
	t_handle(SIGALRM, on, 0);
	t_background_without(SIGALRM);
	t_pair(SOCK_STREAM, fd);
	for (int i = 0; i < 3; i++) {
		timer(30);
		SHOW(recv(fd[0], b, 8, 0));
		timer(0);
	}
	again = 1;
	alarm(1);
	SHOW(read(fd[0], b, 8));
	CHECK(hits >= 4);
	CHECK(elsewhere == 0);
	again = 0;
	alarm(20);
	signal(SIGALRM, SIG_DFL);
	return t_end();
}
