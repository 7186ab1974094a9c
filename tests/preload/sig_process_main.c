/* A signal for the process goes to main, though workers would take it. */
#include "t.h"

static int hits, elsewhere, made, up, quiet[2];
static __thread int main_thread;

static void on(int sig)
{
	(void)sig;
	if (!main_thread)
		t_inc(&elsewhere);
	t_inc(&hits);
}

/* Not before main has made this thread, which it does with all signals blocked. */
static void kills(int fd)
{
	t_await(t_get(&made));
	for (int i = 1; i <= 10; i++) {
		DO(kill(getpid(), SIGUSR1));
		t_await(t_get(&hits) >= i);
		t_settle();
	}
	t_put(fd, "x", 1);
}

/* One that has its mask takes nothing that is main's already. */
static void *idle(void *arg)
{
	t_inc(&up);
	return t_idle(arg);
}

int main(void)
{
	int fd[2];
	char b;
	pthread_t th;
	long r;

	main_thread = 1;
	/* main may be in the handler of one when the next is sent */
	t_handle(SIGUSR1, on, SA_RESTART | SA_NODEFER);
	t_pair(SOCK_STREAM, quiet);
	for (int i = 0; i < 4; i++)
		PDO(pthread_detach(t_go(idle, &quiet[0])));
	t_await(t_get(&up) == 4);
	t_pair(SOCK_STREAM, fd);
	t_settle();
	th = t_after(kills, fd[1]);
	t_set(&made, 1);
	r = read(fd[0], &b, 1);
	t_join(th);
	printf("%ld, %d hits, %d elsewhere\n", r, hits, elsewhere);
	return t_end();
}
