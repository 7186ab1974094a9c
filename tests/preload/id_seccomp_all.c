/* A seccomp filter for all threads (TSYNC), which allows what the program calls
 * natively and kills for the rest, set while threads wait in every way, compute
 * and are in handlers: each gets what it waits for, and so do as many new ones.
 * Times are by the clock that nobody sets. */
#include "t_seccomp.h"

static const struct s_rule natively[] = {
	S_THREADS,
	S_STREAMS,
	S_SLEEPS,
	S_SIGNALS,
	{ SYS_socket, 0, 0 },
	{ SYS_connect, 0, 0 },
	{ SYS_accept, 0, 0 },
	{ SYS_poll, 0, 0 },
	{ SYS_pselect6, 0, 0 },
	{ SYS_rt_sigtimedwait, 0, 0 },
};

/* Streams. */

static int unix_fd[2], timeo_fd[2], over_fd[2], pipe_fd[2], full_fd[2];
static int full_pipe[2], poll_fd[2], select_fd[2], listener;
static int join_fd[2], cancel_fd[2], own_fd[2], late_fd[2], early_fd[2];
static struct sockaddr_in where;
static char big[1 << 20], back[1 << 20];

/* All of big comes out of fd. */
static void take_big(int fd)
{
	memset(back, 0, sizeof(back));
	t_take(fd, back, sizeof(back));
	CHECK(!memcmp(big, back, sizeof(big)));
}

static long read_wait(void)
{
	return s_take(unix_fd[0]);
}

static void read_wake(void)
{
	t_put(unix_fd[1], "r", 1);
}

static long pipe_wait(void)
{
	return s_take(pipe_fd[0]);
}

static void pipe_wake(void)
{
	t_put(pipe_fd[1], "p", 1);
}

static long timeo_wait(void)
{
	char b = 0;

	return recv(timeo_fd[0], &b, 1, 0) == 1 ? b : -errno;
}

static void timeo_wake(void)
{
	t_put(timeo_fd[1], "t", 1);
}

static long over_wait(void)
{
	double begin = t_now();
	char b;
	long r = recv(over_fd[0], &b, 1, 0);

	return r < 0 && errno == EAGAIN && t_now() - begin > 0.089;
}

static long accept_wait(void)
{
	return s_accepted(accept(listener, NULL, NULL));
}

static void accept_wake(void)
{
	s_connect(&where, "a");
}

static long poll_wait(void)
{
	struct pollfd p[] = { { over_fd[1], POLLIN, 0 },
			      { poll_fd[0], POLLIN, 0 } };

	return poll(p, 2, -1) == 1 && p[1].revents == POLLIN ? s_take(poll_fd[0])
							     : -1;
}

static void poll_wake(void)
{
	t_put(poll_fd[1], "o", 1);
}

static long poll_over_wait(void)
{
	struct pollfd p = { over_fd[1], POLLIN, 0 };

	return poll(&p, 1, 100);
}

static long select_wait(void)
{
	struct timeval tv = { 25, 0 };
	fd_set in;

	FD_ZERO(&in);
	FD_SET(over_fd[1], &in);
	FD_SET(select_fd[0], &in);
	return select(200, &in, NULL, NULL, &tv) == 1 &&
			       FD_ISSET(select_fd[0], &in)
		       ? s_take(select_fd[0])
		       : -1;
}

static void select_wake(void)
{
	t_put(select_fd[1], "s", 1);
}

static long full_wait(void)
{
	return write(full_fd[0], big, sizeof(big));
}

static void full_wake(void)
{
	take_big(full_fd[1]);
}

static long full_pipe_wait(void)
{
	return write(full_pipe[1], big, sizeof(big));
}

static void full_pipe_wake(void)
{
	take_big(full_pipe[0]);
}

/* Nobody can see it come: the call is in the program's own code. */
static long own_wait(void)
{
	char b = 0;
	long r;

	__asm__ volatile("syscall"
			 : "=a"(r)
			 : "a"(SYS_read), "D"(own_fd[0]), "S"(&b), "d"(1)
			 : "rcx", "r11", "memory");
	return r == 1 ? b : r;
}

static void own_wake(void)
{
	t_put(own_fd[1], "n", 1);
}

/* Threads, times and signals. */

static int joining, sleeping, computing, in_late, in_early, late_over;

static void *reader(void *arg)
{
	t_inc(&joining);
	return (void *)s_take(*(int *)arg);
}

static long join_wait(void)
{
	return (long)t_join(t_go(reader, &join_fd[0]));
}

static void join_begun(void)
{
	t_await(t_get(&joining));
	t_set(&joining, 0);
}

static void join_wake(void)
{
	t_put(join_fd[1], "j", 1);
}

static long sleep_wait(void)
{
	struct timespec ts = { 25, 0 };
	int r = nanosleep(&ts, &ts);

	t_set(&sleeping, 0);
	return r < 0 && errno == EINTR && ts.tv_sec <= 25;
}

static void sleep_begun(void)
{
	t_set(&sleeping, 1);
}

static int sleep_woken(void)
{
	if (!t_get(&sleeping))
		return 1;
	PDO(pthread_kill(s_now->th, SIGUSR1));
	return 0;
}

static void sleep_wake(void)
{
	t_await(sleep_woken());
}

static long nap_wait(void)
{
	double begin = t_now();

	t_msleep(100);
	return t_now() - begin > 0.099;
}

static long sigwait_wait(void)
{
	sigset_t set;
	int sig = 0;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR2);
	PDO(sigwait(&set, &sig));
	return sig == SIGUSR2;
}

static void sigwait_wake(void)
{
	PDO(pthread_kill(s_now->th, SIGUSR2));
}

static long compute_wait(void)
{
	while (t_get(&computing))
		;
	return 1;
}

static void compute_ready(void)
{
	t_set(&computing, 1);
}

static void compute_wake(void)
{
	t_set(&computing, 0);
}

/* A thread that computes, with a handler that waits. */
static void late_on(int sig)
{
	(void)sig;
	t_set(&in_late, 1);
	s_take(late_fd[0]);
	t_set(&late_over, 1);
}

static long late_wait(void)
{
	while (!t_get(&late_over))
		;
	return 1;
}

static void late_ready(void)
{
	t_set(&in_late, 0);
	t_set(&late_over, 0);
}

static void late_begun(void)
{
	PDO(pthread_kill(s_now->th, SIGHUP));
	t_await(t_get(&in_late));
}

static void late_wake(void)
{
	t_put(late_fd[1], "l", 1);
}

/* A thread that waits, with a handler that computes. */
static void early_on(int sig)
{
	(void)sig;
	t_set(&in_early, 1);
	while (t_get(&in_early))
		;
}

static long early_wait(void)
{
	return s_take(early_fd[0]);
}

static void early_begun(void)
{
	t_settle();
	PDO(pthread_kill(s_now->th, SIGURG));
	t_await(t_get(&in_early));
}

static void early_wake(void)
{
	t_set(&in_early, 0);
	t_put(early_fd[1], "e", 1);
}

static long cancel_wait(void)
{
	return s_take(cancel_fd[0]);
}

static void cancel_wake(void)
{
	PDO(pthread_cancel(s_now->th));
}

static struct s_kind kinds[] = {
#define KIND(name)                                                \
	{                                                         \
#name, name##_wait, name##_wake, NULL, NULL, 0, 0 \
	}
	KIND(read),
	KIND(pipe),
	KIND(timeo),
	KIND(accept),
	KIND(poll),
	KIND(select),
	KIND(full),
	KIND(full_pipe),
	KIND(own),
	{ "join", join_wait, join_wake, NULL, join_begun, 0, 0 },
	{ "sleep", sleep_wait, sleep_wake, NULL, sleep_begun, 0, 0 },
	KIND(sigwait),
	{ "compute", compute_wait, compute_wake, compute_ready, NULL, 0, 0 },
	{ "late", late_wait, late_wake, late_ready, late_begun, 0, 0 },
	{ "early", early_wait, early_wake, NULL, early_begun, 0, 0 },
	KIND(cancel),
	{ "over", over_wait, NULL, NULL, NULL, 0, 0 },
	{ "poll_over", poll_over_wait, NULL, NULL, NULL, 0, 0 },
	{ "nap", nap_wait, NULL, NULL, NULL, 0, 0 },
};
/* What libc does at the first of these alone, and threads that are over. */
static void *ends(void *arg)
{
	return arg;
}

static void warm_up(void)
{
	pthread_t th[8];

	for (int i = 0; i < 8; i++)
		th[i] = t_go(i ? ends : reader, &cancel_fd[0]);
	PDO(pthread_cancel(th[0]));
	for (int i = 0; i < 8; i++)
		t_join(th[i]);
	t_set(&joining, 0);
}

static void set_up(void)
{
	int *pairs[] = { unix_fd, timeo_fd,  over_fd,	full_fd,
			 poll_fd, select_fd, cancel_fd, early_fd };
	int *pipes[] = { pipe_fd, full_pipe, join_fd, own_fd, late_fd };
	struct timeval tv = { 25, 0 }, soon = { 0, 100000 };
	sigset_t set;

	for (size_t i = 0; i < sizeof(pairs) / sizeof(*pairs); i++)
		t_pair(SOCK_STREAM, pairs[i]);
	for (size_t i = 0; i < sizeof(pipes) / sizeof(*pipes); i++)
		DO(pipe(pipes[i]));
	DO(setsockopt(timeo_fd[0], SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv)));
	DO(setsockopt(over_fd[0], SOL_SOCKET, SO_RCVTIMEO, &soon,
		      sizeof(soon)));
	listener = t_listen(&where);
	for (size_t i = 0; i < sizeof(big); i++)
		big[i] = (char)t_byte(i);
	s_watch();
	t_handle(SIGUSR1, s_nothing, 0);
	t_handle(SIGHUP, late_on, SA_RESTART);
	t_handle(SIGURG, early_on, SA_RESTART);
	sigemptyset(&set);
	sigaddset(&set, SIGUSR2);
	PDO(pthread_sigmask(SIG_BLOCK, &set, NULL));
}

int main(void)
{
	set_up();
	warm_up();
	S_WAITS(kinds, natively);
	return t_end();
}
