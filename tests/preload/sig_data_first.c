/* Data, and then a signal: the call that waits for the data has them, whatever the
 * handler; and recvmmsg(), which would wait for more, has what has come. */
#include "t.h"

#define TIMES 40

static int fd[2], interrupted, up, ended;
static sem_t sem;

static void on(int sig)
{
	(void)sig;
}

static int reads(void)
{
	char c;

	return (int)read(fd[0], &c, 1);
}

static int polls(void)
{
	struct pollfd p = { .fd = fd[0], .events = POLLIN };

	return poll(&p, 1, -1);
}

static int selects(void)
{
	fd_set set;

	FD_ZERO(&set);
	FD_SET(fd[0], &set);
	return select(fd[0] + 1, &set, NULL, NULL, NULL);
}

static int waits(void)
{
	return sem_wait(&sem) == 0 ? 1 : -1;
}

static int receives(void)
{
	char b[2];
	struct iovec v[2] = { { b, 1 }, { b + 1, 1 } };
	struct mmsghdr m[2] = { 0 };

	for (int i = 0; i < 2; i++) {
		m[i].msg_hdr.msg_iov = &v[i];
		m[i].msg_hdr.msg_iovlen = 1;
	}
	return recvmmsg(fd[0], m, 2, 0, NULL);
}

static int (*call)(void);

static void *waiter(void *arg)
{
	(void)arg;
	t_set(&up, 1);
	if (call() != 1)
		t_inc(&interrupted);
	t_set(&ended, 1);
	return NULL;
}

static void try(const char *name, int (*fn)(void), int type)
{
	call = fn;
	t_set(&interrupted, 0);
	for (int i = 0; i < TIMES; i++) {
		pthread_t th;

		if (type)
			t_pair(type, fd);
		else
			DO(pipe(fd));
		t_set(&up, 0);
		t_set(&ended, 0);
		th = t_go(waiter, NULL);
		t_await(t_get(&up));
		t_settle();
		if (fn == waits)
			DO(sem_post(&sem));
		else
			t_put(fd[1], "x", 1);
		/* the first may come before the call */
		t_await((pthread_kill(th, SIGUSR1), t_get(&ended)));
		t_join(th);
		t_close2(fd);
	}
	printf("%s: %d of %d interrupted\n", name, interrupted, TIMES);
}

int main(void)
{
	t_handle(SIGUSR1, on, 0);
	DO(sem_init(&sem, 0, 0));
	try("read", reads, 0);
	try("poll", polls, 0);
	try("select", selects, 0);
	try("sem_wait", waits, 0);
	try("recvmmsg", receives, SOCK_DGRAM);
	return t_end();
}
