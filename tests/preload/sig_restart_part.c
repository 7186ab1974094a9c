/* A handler with SA_RESTART in the middle of a write: the count so far, for a
 * write that has moved something is not begun again. */
#include "t.h"

static char big[1 << 20];

static void on(int sig)
{
	(void)sig;
}

static void *poker(void *arg)
{
	int fd = *(int *)arg;

	/* Only once there is no more room. */
	t_await(t_readable(fd) == 65536);
	return t_poker(NULL);
}

#define POKED(e)                           \
	do {                               \
		t_settle();                \
		T_UNDER(poker, &fd[0], e); \
		t_take(fd[0], big, 65536); \
	} while (0)

static void body(void)
{
	struct iovec v[3] = { { big, 150000 }, { big, 0 }, { big, 250000 } };
	struct iovec all = { big, sizeof(big) };
	int fd[2];

	DO(pipe(fd));
	CHECK(fcntl(fd[1], F_SETPIPE_SZ, 65536) == 65536);
	POKED(write(fd[1], big, sizeof(big)));
	POKED(writev(fd[1], &all, 1));
	POKED(writev(fd[1], v, 3));
	POKED(pwritev2(fd[1], v, 3, -1, 0));
	t_close2(fd);
}

int main(void)
{
	t_handle(SIGUSR1, on, SA_RESTART);
	t_both(body);
	return t_end();
}
