/* A handler with SA_RESTART waits in a call of its own, which another handler,
 * without, interrupts: that ends with EINTR, and the call that the first has
 * interrupted goes on. */
#include "t.h"
#include <sys/eventfd.h>

static int in, out, quiet, ins[2], clocked;
static pthread_t waiter;

static void nothing(int sig)
{
	(void)sig;
}

/* No more of them come, or are there. */
static void no_more(void)
{
	struct timespec none = { 0, 0 };
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	PDO(pthread_sigmask(SIG_BLOCK, &set, NULL));
	t_set(&out, 1);
	t_await(t_get(&quiet));
	while (sigtimedwait(&set, NULL, &none) == SIGTERM)
		;
}

static void on(int sig)
{
	struct pollfd p = { .fd = ins[0], .events = POLLIN };
	int saved = errno;
	char b;

	(void)sig;
	t_set(&in, 1);
	SHOW(read(ins[0], &b, 1));
	SHOW(recv(ins[0], &b, 1, MSG_WAITALL));
	SHOW(poll(&p, 1, -1));
	no_more();
	errno = saved;
}

static void *interrupts(void *arg)
{
	int fd = *(int *)arg;
	clockid_t clock;

	t_settle();
	if (clocked)
		PDO(pthread_getcpuclockid(waiter, &clock));
	PDO(pthread_kill(waiter, SIGUSR1));
	t_await(t_get(&in));
	t_settle();
	t_await((pthread_kill(waiter, SIGTERM), t_get(&out)));
	t_set(&quiet, 1);
	t_settle();
	t_put(fd, "outer...", 8);
	return NULL;
}

#define INTERRUPTED(fd, e)                 \
	do {                               \
		pthread_t th;              \
		waiter = pthread_self();   \
		t_set(&in, 0);             \
		t_set(&out, 0);            \
		t_set(&quiet, 0);          \
		th = t_go(interrupts, fd); \
		SHOW(e);                   \
		t_join(th);                \
	} while (0)

static void one(int fd[2])
{
	char b[16];
	struct iovec v[2] = { { b, 3 }, { b + 3, 5 } };

	INTERRUPTED(&fd[1], read(fd[0], b, 16));
	INTERRUPTED(&fd[1], readv(fd[0], v, 2));
}

static void two(int fd[2])
{
	char b[16];

	INTERRUPTED(&fd[1], recv(fd[0], b, 8, MSG_WAITALL));
	INTERRUPTED(&fd[1], recv(fd[0], b, 16, 0));
}

static void three(void)
{
	int event = DO(eventfd(0, 0));
	uint64_t n;

	INTERRUPTED(&event, read(event, &n, 8));
	DO(close(event));
}

static void sockets(void)
{
	t_sockets(two);
}

static void body(void)
{
	t_streams(one);
	sockets();
	three();
}

int main(void)
{
	t_pair(SOCK_STREAM, ins);
	t_handle(SIGUSR1, on, SA_RESTART);
	t_handle(SIGTERM, nothing, 0);
	t_both(body);
	clocked = 1;
	printf("its clock asked for\n");
	t_in_thread(body);
	t_in_thread(sockets);
	t_in_thread(three);
	return t_end();
}
