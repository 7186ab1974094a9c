/* select() for room on a pipe's reading end, which has none, and whose writer has
 * gone: that is nothing to it, so its limit, a signal or a cancel ends it. */
#include "t.h"

static int fd[2], up;

static void on(int sig)
{
	(void)sig;
}

static int room(struct timeval *tv)
{
	fd_set out;

	FD_ZERO(&out);
	FD_SET(fd[0], &out);
	return select(fd[0] + 1, NULL, &out, NULL, tv);
}

static int wrong(void)
{
	fd_set except;

	FD_ZERO(&except);
	FD_SET(fd[0], &except);
	return pselect(fd[0] + 1, NULL, NULL, &except, NULL, NULL);
}

static void *worker(void *arg)
{
	t_set(&up, 1);
	room(NULL);
	return arg;
}

static void poked(int way)
{
	pthread_t th = t_poke(t_poker, NULL);

	if (way)
		SHOW(wrong());
	else
		SHOW(room(NULL));
	t_poke_end(th);
}

static void body(void)
{
	struct timeval tv = { 0, 30000 };
	pthread_t th;

	DO(pipe(fd));
	DO(close(fd[1]));
	SHOW(room(&tv));
	poked(0);
	poked(1);
	t_set(&up, 0);
	th = t_go(worker, NULL);
	t_await(t_get(&up));
	t_settle();
	PDO(pthread_cancel(th));
	printf("cancelled: %d\n", t_join(th) == PTHREAD_CANCELED);
	DO(close(fd[0]));
}

int main(void)
{
	t_handle(SIGUSR1, on, 0);
	t_both(body);
	return t_end();
}
