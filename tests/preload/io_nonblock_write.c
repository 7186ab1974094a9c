/* A nonblocking writer: a partial count, then EAGAIN, never a wait. */
#include "t.h"

static char big[16 << 20];

static void one(int fd[2])
{
	ssize_t r;

	DO(fcntl(fd[1], F_SETFL, O_NONBLOCK));
	r = write(fd[1], big, sizeof(big));
	CHECK(r > 0 && r < (ssize_t)sizeof(big));
	t_await(write(fd[1], big, sizeof(big)) < 0);
	CHECK(errno == EAGAIN);
	SHOW(fcntl(fd[1], F_GETFL) & O_NONBLOCK);
}

static void body(void)
{
	t_streams(one);
}

int main(void)
{
	t_both(body);
	return t_end();
}
