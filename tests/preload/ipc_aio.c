/* aio_suspend() is ended by a handler, and by what it waits for. */
#include "t.h"
#include <aio.h>

static pthread_t waiter;
static int p[2], phase;

static void on_signal(int sig)
{
	(void)sig;
	t_set(&phase, 2);
}

static void *other(void *arg)
{
	(void)arg;
	t_await(t_get(&phase) == 1);
	t_settle();
	while (t_get(&phase) == 1) {
		PDO(pthread_kill(waiter, SIGUSR1));
		t_settle();
	}
	t_await(t_get(&phase) == 3);
	t_settle();
	t_put(p[1], "ab", 2);
	return NULL;
}

static void body(void)
{
	char buf[8];
	struct aiocb req = { .aio_buf = buf, .aio_nbytes = sizeof(buf) };
	const struct aiocb *const list[1] = { &req };
	pthread_t th;

	waiter = pthread_self();
	t_set(&phase, 0);
	DO(pipe(p));
	req.aio_fildes = p[0];
	req.aio_sigevent.sigev_notify = SIGEV_NONE;
	DO(aio_read(&req));
	th = t_go(other, NULL);
	t_set(&phase, 1);
	SHOW(aio_suspend(list, 1, NULL));
	t_set(&phase, 3);
	while (aio_suspend(list, 1, NULL) < 0 && errno == EINTR)
		;
	SHOW(aio_return(&req));
	t_join(th);
	t_close2(p);
}

int main(void)
{
	struct sigaction sa = { .sa_handler = on_signal };

	DO(sigaction(SIGUSR1, &sa, NULL));
	t_both(body);
	return t_end();
}
