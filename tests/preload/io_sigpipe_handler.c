/* A SIGPIPE handler runs in the thread that wrote, once for each write. */
#include "t.h"

static int hits, elsewhere;
static __thread int me;

static void on(int sig)
{
	(void)sig;
	hits++;
	elsewhere += !me;
}

static void one(int fd[2])
{
	char b[4] = "abc";

	me = 1;
	hits = 0;
	DO(shutdown(fd[1], SHUT_WR));
	SHOW(write(fd[1], b, 3));
	printf("%d hits\n", hits);
	SHOW(send(fd[1], b, 3, 0));
	printf("%d hits\n", hits);
	SHOW(send(fd[1], b, 3, MSG_NOSIGNAL));
	printf("%d hits\n", hits);
}

static void body(void)
{
	t_sockets(one);
	CHECK(elsewhere == 0);
}

int main(void)
{
	t_handle(SIGPIPE, on, SA_RESTART);
	t_both(body);
	return t_end();
}
