/* A seccomp filter for all threads, as in id_seccomp_all, while these wait in
 * ways that are less common, some of them inside of libc and some at home. */
#include "t_seccomp.h"
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/sendfile.h>
#include <sys/timerfd.h>

static const struct s_rule natively[] = {
	S_THREADS,
	S_STREAMS,
	S_SLEEPS,
	S_SIGNALS,
	{ SYS_readv, S_OWN_FD },
	{ SYS_writev, S_OWN_FD },
	{ SYS_recvmsg, 2, 1 },
	{ SYS_sendmsg, 2, 1 },
	{ SYS_sendto, 3, 1 },
	{ SYS_accept4, 0, 0 },
	{ SYS_socket, 0, 0 },
	{ SYS_connect, 0, 0 },
	{ SYS_ppoll, 0, 0 },
	{ SYS_pselect6, 0, 0 },
	{ SYS_epoll_wait, S_OWN_FD },
	{ SYS_rt_sigsuspend, 0, 0 },
	{ SYS_rt_sigtimedwait, 0, 0 },
	{ SYS_pause, 0, 0 },
	{ SYS_timerfd_settime, 0, 0 },
	{ SYS_flock, 0, 0 },
	{ SYS_recvmmsg, 3, 1 },
	{ SYS_sendfile, 0, 0 },
};

static int readv_fd[2], writev_fd[2], msg_fd[2], sendmsg_fd[2], send_fd[2];
static int dgram_fd[2], ppoll_fd[2], pselect_fd[2], epoll_fd[2], line_fd[2];
static int flush_fd[2], mmsg_fd[2], file_fd[2], quiet_fd[2];
static int listener, event_fd, timer_fd, set_fd, lock_fd, lock_too, dense_fd;
static struct sockaddr_in where;
static FILE *lines, *out;
static char big[1 << 20], back[1 << 20];

/* All of big comes out of fd. */
static void take_big(int fd)
{
	memset(back, 0, sizeof(back));
	t_take(fd, back, sizeof(back));
	CHECK(!memcmp(big, back, sizeof(big)));
}

static long readv_wait(void)
{
	char a = 0, b = 0;
	struct iovec v[2] = { { &a, 1 }, { &b, 1 } };

	return readv(readv_fd[0], v, 2) * 1000 + a;
}

static void readv_wake(void)
{
	t_put(readv_fd[1], "r", 1);
}

static long writev_wait(void)
{
	struct iovec v[2] = { { big, 1000 },
			      { big + 1000, sizeof(big) - 1000 } };

	return writev(writev_fd[0], v, 2);
}

static void writev_wake(void)
{
	take_big(writev_fd[1]);
}

static long recvmsg_wait(void)
{
	char b = 0;
	struct iovec v = { &b, 1 };
	struct msghdr m = { .msg_iov = &v, .msg_iovlen = 1 };

	return recvmsg(msg_fd[0], &m, 0) * 1000 + b;
}

static void recvmsg_wake(void)
{
	t_put(msg_fd[1], "m", 1);
}

static long sendmsg_wait(void)
{
	struct iovec v = { big, sizeof(big) };
	struct msghdr m = { .msg_iov = &v, .msg_iovlen = 1 };

	return sendmsg(sendmsg_fd[0], &m, 0);
}

static void sendmsg_wake(void)
{
	take_big(sendmsg_fd[1]);
}

static long send_wait(void)
{
	return send(send_fd[0], big, sizeof(big), 0);
}

static void send_wake(void)
{
	take_big(send_fd[1]);
}

static long dgram_wait(void)
{
	char b[10] = "";

	return recv(dgram_fd[0], b, sizeof(b), 0) * 1000 + b[0];
}

static void dgram_wake(void)
{
	t_put(dgram_fd[1], "dgram", 5);
}

static long mmsg_wait(void)
{
	char b = 0;
	struct iovec v = { &b, 1 };
	struct mmsghdr m = { .msg_hdr = { .msg_iov = &v, .msg_iovlen = 1 } };

	return recvmmsg(mmsg_fd[0], &m, 1, 0, NULL) * 1000 + b;
}

static void mmsg_wake(void)
{
	t_put(mmsg_fd[1], "M", 1);
}

static long accept4_wait(void)
{
	return s_accepted(accept4(listener, NULL, NULL, SOCK_CLOEXEC));
}

static void accept4_wake(void)
{
	s_connect(&where, "4");
}

static long ppoll_wait(void)
{
	struct timespec ts = { 100, 0 };
	struct pollfd p = { ppoll_fd[0], POLLIN, 0 };

	return ppoll(&p, 1, &ts, NULL) == 1 ? s_take(ppoll_fd[0]) : -1;
}

static void ppoll_wake(void)
{
	t_put(ppoll_fd[1], "p", 1);
}

static long pselect_wait(void)
{
	sigset_t none;
	fd_set in;

	sigemptyset(&none);
	FD_ZERO(&in);
	FD_SET(pselect_fd[0], &in);
	return pselect(200, &in, NULL, NULL, NULL, &none) == 1
		       ? s_take(pselect_fd[0])
		       : -1;
}

static void pselect_wake(void)
{
	t_put(pselect_fd[1], "s", 1);
}

static long epoll_wait_(void)
{
	struct epoll_event ev;

	return epoll_wait(set_fd, &ev, 1, -1) == 1 ? s_take(epoll_fd[0]) : -1;
}

static void epoll_wake(void)
{
	t_put(epoll_fd[1], "e", 1);
}

static long event_wait(void)
{
	uint64_t n = 0;

	t_take(event_fd, &n, sizeof(n));
	return (long)n;
}

static void event_wake(void)
{
	uint64_t n = 7;

	t_put(event_fd, &n, sizeof(n));
}

static long timer_wait(void)
{
	uint64_t n = 0;

	t_take(timer_fd, &n, sizeof(n));
	return (long)n;
}

static void timer_wake(void)
{
	struct itimerspec at = { .it_value = { 0, 1000000 } };

	DO(timerfd_settime(timer_fd, 0, &at, NULL));
}

/* By libc's streams, which have their buffers. */

static long gets_wait(void)
{
	char line[100] = "";

	return fgets(line, sizeof(line), lines) ? (long)strlen(line) : -1;
}

static void gets_wake(void)
{
	t_put(line_fd[1], "a ", 2);
	t_settle();
	t_put(line_fd[1], "line\n", 5);
}

static long flush_wait(void)
{
	size_t n = fwrite(big, 1, sizeof(big), out);

	return fflush(out) ? -1 : (long)n;
}

static void flush_wake(void)
{
	take_big(flush_fd[0]);
}

static long sendfile_wait(void)
{
	off_t from = 0;
	long sum = 0;

	while (sum < (long)sizeof(big)) {
		long r = sendfile(file_fd[0], dense_fd, &from,
				  sizeof(big) - (size_t)sum);

		if (r <= 0)
			return -1;
		sum += r;
	}
	return sum;
}

static void sendfile_wake(void)
{
	take_big(file_fd[1]);
}

/* At home. */

static long flock_wait(void)
{
	return flock(lock_too, LOCK_EX) + flock(lock_too, LOCK_UN);
}

static void flock_ready(void)
{
	DO(flock(lock_fd, LOCK_EX));
}

static void flock_wake(void)
{
	DO(flock(lock_fd, LOCK_UN));
}

static int pausing;

static int paused_until(void)
{
	if (!t_get(&pausing))
		return 1;
	PDO(pthread_kill(s_now->th, SIGUSR1));
	return 0;
}

static void pause_begun(void)
{
	t_set(&pausing, 1);
}

static void pause_wake(void)
{
	t_await(paused_until());
}

static long pause_wait(void)
{
	int r = pause();

	t_set(&pausing, 0);
	return r < 0 && errno == EINTR;
}

static long suspend_wait(void)
{
	sigset_t set;
	int r;

	sigfillset(&set);
	sigdelset(&set, SIGUSR2);
	r = sigsuspend(&set);
	return r < 0 && errno == EINTR;
}

/* It is blocked but for that wait. */
static void suspend_wake(void)
{
	PDO(pthread_kill(s_now->th, SIGUSR2));
}

static long sigtimed_wait(void)
{
	struct timespec ts = { 100, 0 };
	sigset_t set;
	siginfo_t si;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR2);
	return sigtimedwait(&set, &si, &ts) == SIGUSR2 && si.si_code == SI_USER;
}

static void sigtimed_wake(void)
{
	PDO(pthread_kill(s_now->th, SIGUSR2));
}

static long until_wait(void)
{
	struct timespec ts = t_in(CLOCK_MONOTONIC, 100);

	return clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &ts, NULL);
}

static long ppoll_over_wait(void)
{
	struct pollfd p = { quiet_fd[0], POLLIN, 0 };
	struct timespec ts = { 0, 100000000 };

	return ppoll(&p, 1, &ts, NULL);
}

static long futex_wait_(void)
{
	static int word = 1;
	struct timespec ts = { 0, 100000000 };
	long r = syscall(SYS_futex, &word, 0, 1, &ts, NULL, 0);

	return r < 0 && errno == ETIMEDOUT;
}

/* Cancelled in other waits. */

static void *never(void *arg)
{
	char b;

	t_take(quiet_fd[0], &b, 1);
	return arg;
}

static void end_of(void *arg)
{
	pthread_t *th = (pthread_t *)arg;

	PDO(pthread_cancel(*th));
	t_join(*th);
}

static long join_cancel_wait(void)
{
	pthread_t th = t_go(never, NULL);

	pthread_cleanup_push(end_of, &th);
	pthread_join(th, NULL);
	pthread_cleanup_pop(0);
	return 0;
}

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t cond = PTHREAD_COND_INITIALIZER;

static void unlock(void *arg)
{
	pthread_mutex_unlock((pthread_mutex_t *)arg);
}

static long cond_cancel_wait(void)
{
	pthread_mutex_lock(&mutex);
	pthread_cleanup_push(unlock, &mutex);
	for (;;)
		pthread_cond_wait(&cond, &mutex);
	pthread_cleanup_pop(0);
	return 0;
}

static long sleep_cancel_wait(void)
{
	struct timespec ts = { 25, 0 };

	return nanosleep(&ts, NULL);
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
#define OVER(name)                                         \
	{                                                  \
#name, name##_wait, NULL, NULL, NULL, 0, 0 \
	}
	KIND(readv),
	KIND(writev),
	KIND(recvmsg),
	KIND(sendmsg),
	KIND(send),
	KIND(dgram),
	KIND(mmsg),
	KIND(accept4),
	KIND(ppoll),
	KIND(pselect),
	{ "epoll", epoll_wait_, epoll_wake, NULL, NULL, 0, 0 },
	KIND(event),
	KIND(timer),
	KIND(gets),
	KIND(flush),
	KIND(sendfile),
	{ "flock", flock_wait, flock_wake, flock_ready, NULL, 0, 0 },
	{ "pause", pause_wait, pause_wake, NULL, pause_begun, 0, 0 },
	KIND(suspend),
	KIND(sigtimed),
	{ "join", join_cancel_wait, cancel_wake, NULL, NULL, 0, 0 },
	{ "cond", cond_cancel_wait, cancel_wake, NULL, NULL, 0, 0 },
	{ "sleep", sleep_cancel_wait, cancel_wake, NULL, NULL, 0, 0 },
	OVER(until),
	OVER(ppoll_over),
	{ "futex", futex_wait_, NULL, NULL, NULL, 0, 0 },
};

/* libc makes ready for more of these. */
static void warm_up(void)
{
	pthread_t th = t_go(never, NULL);

	PDO(pthread_cancel(th));
	t_join(th);
}

static int scratch(void)
{
	char name[] = "/tmp/ring-shim-test-XXXXXX";
	int fd = DO(mkstemp(name));

	lock_too = DO(open(name, O_RDWR));
	DO(unlink(name));
	return fd;
}

static void set_up(void)
{
	int *pairs[] = { readv_fd, writev_fd,  msg_fd,	 sendmsg_fd, send_fd,
			 ppoll_fd, pselect_fd, epoll_fd, quiet_fd,   file_fd };
	struct epoll_event ev = { .events = EPOLLIN };
	static char buf[2][4096];
	sigset_t set;

	for (size_t i = 0; i < sizeof(pairs) / sizeof(*pairs); i++)
		t_pair(SOCK_STREAM, pairs[i]);
	t_pair(SOCK_DGRAM, dgram_fd);
	t_pair(SOCK_DGRAM, mmsg_fd);
	DO(pipe(line_fd));
	DO(pipe(flush_fd));
	lines = fdopen(line_fd[0], "r");
	out = fdopen(flush_fd[1], "w");
	setvbuf(lines, buf[0], _IOFBF, sizeof(buf[0]));
	setvbuf(out, buf[1], _IOFBF, sizeof(buf[1]));
	listener = t_listen(&where);
	event_fd = DO(eventfd(0, 0));
	timer_fd = DO(timerfd_create(CLOCK_MONOTONIC, 0));
	set_fd = DO(epoll_create1(0));
	DO(epoll_ctl(set_fd, EPOLL_CTL_ADD, epoll_fd[0], &ev));
	for (size_t i = 0; i < sizeof(big); i++)
		big[i] = (char)t_byte(i);
	dense_fd = lock_fd = scratch();
	t_put(dense_fd, big, sizeof(big));
	s_watch();
	t_handle(SIGUSR1, s_nothing, 0);
	t_handle(SIGUSR2, s_nothing, 0);
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
