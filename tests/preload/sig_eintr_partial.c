/* A handler without SA_RESTART in the middle of a transfer: the count so far. */
#include "t.h"

static int hits;
static char big[8 << 20];

static void on(int sig)
{
	(void)sig;
	t_inc(&hits);
}

static void *poker(void *arg)
{
	int fd = *(int *)arg;

	/* Only once the call has moved something. */
	t_await(t_readable(fd) > 0);
	return t_poker(NULL);
}

static void *poker_all(void *arg)
{
	int fd = *(int *)arg;

	t_await(t_readable(fd) == 0);
	return t_poker(NULL);
}

static void one(int fd[2])
{
	pthread_t th;
	ssize_t r;
	struct stat st;

	th = t_poke(poker, &fd[0]);
	r = write(fd[1], big, sizeof(big));
	t_poke_end(th);
	CHECK(r > 0 && r < (ssize_t)sizeof(big));
	fstat(fd[0], &st);
	if (S_ISFIFO(st.st_mode))
		printf("%zd\n", r);
}

static void two(int fd[2])
{
	char b[16];

	t_put(fd[1], "abc", 3);
	t_await(t_readable(fd[0]) == 3);
	T_UNDER(poker_all, &fd[0], recv(fd[0], b, 16, MSG_WAITALL));
}

static void body(void)
{
	t_streams(one);
	t_sockets(two);
}

int main(void)
{
	t_handle(SIGUSR1, on, 0);
	t_both(body);
	CHECK(t_get(&hits) > 0);
	return t_end();
}
