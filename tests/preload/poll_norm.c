/* poll() by the other names: POLLRDNORM and POLLWRNORM, alone, that come while
 * it waits. */
#include "t.h"

static char buf[1 << 16];
static int waits;

static void feed(int fd)
{
	t_put(fd, "later", 5);
}

static void shut(int fd)
{
	DO(shutdown(fd, SHUT_WR));
}

static void drain(int fd)
{
	DO(fcntl(fd, F_SETFL, O_NONBLOCK));
	while (t_get(&waits))
		if (read(fd, buf, sizeof(buf)) <= 0)
			t_msleep(1);
	DO(fcntl(fd, F_SETFL, 0));
}

static void waited(int fd, short events, void (*later)(int), int arg)
{
	struct pollfd p = { fd, events, 0 };
	pthread_t th;

	t_set(&waits, 1);
	th = t_after(later, arg);
	SHOW(poll(&p, 1, -1));
	printf("%#x\n", p.revents);
	t_set(&waits, 0);
	t_join(th);
}

static void one(int fd[2])
{
	struct pollfd p = { fd[1], POLLWRNORM, 0 };
	char b[8];

	waited(fd[0], POLLRDNORM, feed, fd[1]);
	t_take(fd[0], b, 5);
	waited(fd[0], POLLRDNORM | POLLRDBAND, feed, fd[1]);
	t_take(fd[0], b, 5);
	/* What was sent may still be on its way to the other's buffer. */
	do
		t_fill(fd[1]);
	while (poll(&p, 1, 30));
	waited(fd[1], POLLWRNORM, drain, fd[0]);
}

static void two(int fd[2])
{
	waited(fd[0], POLLRDNORM, shut, fd[1]);
}

static void body(void)
{
	t_streams(one);
	t_sockets(two);
}

int main(void)
{
	t_both(body);
	return t_end();
}
