/* Deferred cancellation at each kind of wait, with cleanup handlers in order. */
#include "t.h"

static int fd[2], lfd, dgram, up, never;
static struct sockaddr_in sa;
static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t c = PTHREAD_COND_INITIALIZER;
static sem_t sem;
static pthread_t idle;
static char order[8];
static int len;

static void clean(void *arg)
{
	order[len++] = *(char *)arg;
}

static void unlock(void *arg)
{
	clean("m");
	/* held here, or this is an error */
	if (pthread_mutex_unlock(arg))
		clean("!");
}

static void p_read(void)
{
	char b;

	(void)!read(fd[0], &b, 1);
}

static void p_readv(void)
{
	char b;
	struct iovec v = { &b, 1 };

	(void)!readv(fd[0], &v, 1);
}

static void p_recv(void)
{
	char b;

	recv(dgram, &b, 1, 0);
}

static void p_recvfrom(void)
{
	char b;

	recvfrom(dgram, &b, 1, 0, NULL, NULL);
}

static void p_recvmsg(void)
{
	char b;
	struct iovec v = { &b, 1 };
	struct msghdr msg = { .msg_iov = &v, .msg_iovlen = 1 };

	recvmsg(dgram, &msg, 0);
}

static void p_accept(void)
{
	accept(lfd, NULL, NULL);
}

static void p_write(void)
{
	static char big[1 << 20];
	int s[2];

	t_pair(SOCK_STREAM, s);
	for (;;)
		(void)!write(s[0], big, sizeof(big));
}

static void p_poll(void)
{
	struct pollfd p = { .fd = fd[0], .events = POLLIN };

	poll(&p, 1, -1);
}

static void p_select(void)
{
	fd_set set;

	FD_ZERO(&set);
	FD_SET(fd[0], &set);
	select(fd[0] + 1, &set, NULL, NULL, NULL);
}

static void p_nanosleep(void)
{
	struct timespec ts = { 100, 0 };

	nanosleep(&ts, NULL);
}

static void p_sleep(void)
{
	sleep(100);
}

static void p_cond(void)
{
	PDO(pthread_mutex_lock(&m));
	pthread_cleanup_push(unlock, &m);
	while (!t_get(&never))
		pthread_cond_wait(&c, &m);
	pthread_cleanup_pop(1);
}

static void p_condtimed(void)
{
	struct timespec ts = t_in(CLOCK_REALTIME, 100000);

	PDO(pthread_mutex_lock(&m));
	pthread_cleanup_push(unlock, &m);
	while (!t_get(&never))
		pthread_cond_timedwait(&c, &m, &ts);
	pthread_cleanup_pop(1);
}

static void p_sem(void)
{
	sem_wait(&sem);
}

static void p_join(void)
{
	pthread_join(idle, NULL);
}

static void p_sigwait(void)
{
	sigset_t set;
	int sig;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR2);
	sigwait(&set, &sig);
}

static void p_pause(void)
{
	pause();
}

static void p_waitpid(void)
{
	/* a child of ours that does not end */
	waitpid(-1, NULL, 0);
}

static const struct {
	const char *name;
	void (*fn)(void);
} points[] = {
#define P(x) { #x, p_##x }
	P(read), P(readv), P(recv), P(recvfrom), P(recvmsg), P(accept),
	P(write), P(poll), P(select), P(nanosleep), P(sleep), P(cond),
	P(condtimed), P(sem), P(join), P(sigwait), P(pause), P(waitpid),
};

static void *worker(void *arg)
{
	void (*fn)(void) = *(void (*const *)(void))arg;

	pthread_cleanup_push(clean, "1");
	pthread_cleanup_push(clean, "2");
	t_set(&up, 1);
	fn();
	printf("went on\n");
	pthread_cleanup_pop(0);
	pthread_cleanup_pop(0);
	return NULL;
}

int main(void)
{
	sigset_t set;
	pid_t pid = DO(fork());

	if (!pid)
		for (;;)
			pause();
	sigemptyset(&set);
	sigaddset(&set, SIGUSR2);
	PDO(pthread_sigmask(SIG_BLOCK, &set, NULL));
	DO(pipe(fd));
	lfd = t_listen(&sa);
	dgram = t_bound(SOCK_DGRAM, &sa);
	DO(sem_init(&sem, 0, 0));
	idle = t_go(t_idle, &fd[0]);
	for (size_t i = 0; i < sizeof(points) / sizeof(*points); i++) {
		pthread_t th;

		len = 0;
		memset(order, 0, sizeof(order));
		t_set(&up, 0);
		th = t_go(worker, (void *)&points[i].fn);
		t_await(t_get(&up));
		t_settle();
		PDO(pthread_cancel(th));
		printf("%s: %d, %s\n", points[i].name,
		       t_join(th) == PTHREAD_CANCELED, order);
	}
	DO(kill(pid, SIGKILL));
	t_reap(pid);
	/* the one that was joined in vain can still be */
	t_put(fd[1], "x", 1);
	t_join(idle);
	return t_end();
}
