/* aio_suspend() is ended by a handler, and by what it waits for. */
#include "t.h"
#include <aio.h>

static void on_signal(int sig)
{
	(void)sig;
}

static void feed(int fd)
{
	t_put(fd, "ab", 2);
}

static void body(void)
{
	char buf[8];
	struct aiocb req = { .aio_buf = buf, .aio_nbytes = sizeof(buf) };
	const struct aiocb *const list[1] = { &req };
	pthread_t th;
	int p[2];

	DO(pipe(p));
	req.aio_fildes = p[0];
	req.aio_sigevent.sigev_notify = SIGEV_NONE;
	DO(aio_read(&req));
	T_POKED(aio_suspend(list, 1, NULL));
	th = t_after(feed, p[1]);
	SHOW(aio_suspend(list, 1, NULL));
	SHOW(aio_return(&req));
	t_join(th);
	t_close2(p);
}

int main(void)
{
	t_handle(SIGUSR1, on_signal, 0);
	t_both(body);
	return t_end();
}
