/* The reader goes while a send waits: a SIGPIPE for the waiting thread. */
#include "t.h"

static int hits, elsewhere;
static __thread int me;
static char big[8 << 20];

static void on(int sig)
{
	(void)sig;
	hits++;
	elsewhere += !me;
}

static void shut(int fd)
{
	t_await(t_readable(fd) > 0);
	t_settle();
	DO(close(fd));
}

static void one(int fd[2])
{
	pthread_t th;
	ssize_t r;

	me = 1;
	hits = 0;
	th = t_after(shut, fd[0]);
	fd[0] = -1;
	r = write(fd[1], big, sizeof(big));
	CHECK(r > 0 && r < (ssize_t)sizeof(big));
	t_await(write(fd[1], big, 1) < 0 && errno != ECONNRESET);
	CHECK(errno == EPIPE);
	CHECK(hits >= 1);
	t_join(th);
}

static void body(void)
{
	t_streams(one);
	CHECK(elsewhere == 0);
}

int main(void)
{
	t_handle(SIGPIPE, on, SA_RESTART);
	t_both(body);
	return t_end();
}
