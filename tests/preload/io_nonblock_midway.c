/* O_NONBLOCK set while a thread waits: that wait goes on, the next does not. */
#include "t.h"

static int watch;

static void change(int fd)
{
	DO(fcntl(watch, F_SETFL, O_NONBLOCK));
	t_settle();
	t_put(fd, "bcde", 4);
}

static void one(int fd[2])
{
	char b[8];
	pthread_t th;

	watch = fd[0];
	t_put(fd[1], "a", 1);
	th = t_after(change, fd[1]);
	/* If the flag comes first, only the "a" is there: count both. */
	SHOW(recv(fd[0], b, 5, MSG_WAITALL) > 0);
	t_join(th);
	t_await(recv(fd[0], b, 5, 0) < 0);
	CHECK(errno == EAGAIN);
	SHOW(recv(fd[0], b, 5, 0));
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
