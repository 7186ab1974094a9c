/* SO_SNDTIMEO: the partial count, then EAGAIN with nothing sent. */
#include "t.h"

static char big[16 << 20];

static void one(int fd[2])
{
	struct timeval tv = { 0, 60000 };
	ssize_t r;
	double t;

	DO(setsockopt(fd[1], SOL_SOCKET, SO_SNDTIMEO, &tv, sizeof(tv)));
	t = t_now();
	r = send(fd[1], big, sizeof(big), 0);
	CHECK(r > 0 && r < (ssize_t)sizeof(big));
	CHECK(t_now() - t >= 0.055);
	/* What loopback still moves over may make some room once more. */
	t_await(send(fd[1], big, sizeof(big), 0) < 0);
	t = t_now();
	SHOW(send(fd[1], big, 1000, 0));
	CHECK(t_now() - t >= 0.055);
	SHOW(write(fd[1], big, 1000));
	SHOW(send(fd[1], big, 1000, MSG_DONTWAIT));
}

static void body(void)
{
	t_sockets(one);
}

int main(void)
{
	t_both(body);
	return t_end();
}
