/* A handler without SA_RESTART in the middle of a transfer: the count so far. */
#include "t.h"

static int hits, done;
static pthread_t waiter;
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
	t_await((pthread_kill(waiter, SIGUSR1), t_get(&done)));
	return NULL;
}

static void *poker_all(void *arg)
{
	int fd = *(int *)arg;

	t_await(t_readable(fd) == 0);
	t_await((pthread_kill(waiter, SIGUSR1), t_get(&done)));
	return NULL;
}

static void one(int fd[2])
{
	pthread_t th;
	ssize_t r;
	struct stat st;

	waiter = pthread_self();
	t_set(&done, 0);
	th = t_go(poker, &fd[0]);
	r = write(fd[1], big, sizeof(big));
	t_set(&done, 1);
	CHECK(r > 0 && r < (ssize_t)sizeof(big));
	t_join(th);
	fstat(fd[0], &st);
	if (S_ISFIFO(st.st_mode))
		printf("%zd\n", r);
}

static void two(int fd[2])
{
	pthread_t th;
	char b[16];

	waiter = pthread_self();
	t_set(&done, 0);
	t_put(fd[1], "abc", 3);
	th = t_go(poker_all, &fd[0]);
	SHOW(recv(fd[0], b, 16, MSG_WAITALL));
	t_set(&done, 1);
	t_join(th);
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
