/* poll() for what does not come, with a limit, on a socket whose peer has shut
 * down writing: the limit ends it; and room for more does, where there is none
 * and the peer then reads. */
#include "t.h"

static char buf[1 << 16];

static void limit(const char *what, int fd, short events)
{
	struct pollfd p = { fd, events, 0 };

	printf("%s: %d", what, poll(&p, 1, 30));
	printf(" %#x\n", p.revents);
}

/* Until there is room for him who waits. */
static int waits;

static void drain(int fd)
{
	while (t_get(&waits))
		if (recv(fd, buf, sizeof(buf), MSG_DONTWAIT) <= 0)
			t_msleep(1);
}

static void one(int fd[2])
{
	struct pollfd p = { fd[0], POLLOUT, 0 };
	struct timespec ts = { 0, 30000000 };
	struct timeval tv = { 0, 30000 };
	pthread_t th;
	fd_set out;

	DO(shutdown(fd[1], SHUT_WR));
	limit("nothing", fd[0], 0);
	limit("urgent", fd[0], POLLPRI);
	limit("band", fd[0], POLLWRBAND);
	p.events = POLLPRI;
	SHOW(ppoll(&p, 1, &ts, NULL));
	/* What was sent may still be on its way to the other's buffer. */
	p.events = POLLOUT;
	do
		t_fill(fd[0]);
	while (poll(&p, 1, 30));
	printf("room: none\n");
	do {
		t_fill(fd[0]);
		FD_ZERO(&out);
		FD_SET(fd[0], &out);
		tv.tv_usec = 30000;
	} while (select(fd[0] + 1, NULL, &out, NULL, &tv));
	printf("room: none\n");
	t_set(&waits, 1);
	th = t_after(drain, fd[1]);
	SHOW(poll(&p, 1, -1));
	printf("%#x\n", p.revents);
	t_set(&waits, 0);
	t_join(th);
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
