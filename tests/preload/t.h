/*
 * The common ground of the oracle tests.
 *
 * Each program here shows one behaviour and knows nothing of the shim. It
 * prints a transcript that is the same in every right run: results, errno
 * names and relations, never a pid, a time, an address or a port. The runner
 * compares the transcript under the shim with the native one, and the native
 * run must exit 0, so a CHECK that is false there is a broken test.
 *
 * Nothing here waits by sleeping. t_settle() only makes it likely that another
 * thread is blocked by now; every test is right in either order. Where a test
 * needs certainty it retries in t_await(), which is bounded.
 */
#ifndef T_H
#define T_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static int t_bad;

/* How long the runner waits for a program. */
static inline unsigned t_seconds(void)
{
	const char *s = getenv("RING_SHIM_TEST_SECONDS");

	return s ? (unsigned)atoi(s) : 60;
}

/* The watchdog: a program that hangs dies of SIGALRM, well before the runner
   ends it. */
static void __attribute__((constructor)) t_init(void)
{
	alarm(t_seconds() / 2);
	setvbuf(stdout, NULL, _IOLBF, 0);
}

static inline void __attribute__((noreturn)) t_die(const char *what)
{
	printf("died: %s: %s\n", what, strerrorname_np(errno));
	fflush(stdout);
	_exit(99);
}

static inline long t_show(const char *what, long r)
{
	int e = errno;

	if (r < 0)
		printf("%s = %ld %s\n", what, r, strerrorname_np(e));
	else
		printf("%s = %ld\n", what, r);
	errno = e;
	return r;
}

static inline int t_pshow(const char *what, int r)
{
	printf("%s = %s\n", what, strerrorname_np(r));
	return r;
}

static inline int t_check(const char *what, int ok)
{
	printf("%s: %s\n", what, ok ? "ok" : "FAILED");
	if (!ok)
		__atomic_store_n(&t_bad, 1, __ATOMIC_RELAXED);
	return ok;
}

static inline int t_do(const char *what, long r)
{
	if (r < 0)
		t_die(what);
	return (int)r;
}

static inline void t_pdo(const char *what, int r)
{
	errno = r;
	if (r)
		t_die(what);
}

/* Print what a call gives: -1 and errno style, and pthread style. */
#define SHOW(e) t_show(#e, (errno = 0, (long)(e)))
#define PSHOW(e) t_pshow(#e, (e))
/* A relation that must hold. */
#define CHECK(c) t_check(#c, (c) ? 1 : 0)
/* Set-up that must work, unprinted. */
#define DO(e) t_do(#e, (long)(e))
#define PDO(e) t_pdo(#e, (e))

static inline int t_end(void)
{
	printf("end\n");
	return __atomic_load_n(&t_bad, __ATOMIC_RELAXED);
}

static inline void t_msleep(long ms)
{
	struct timespec ts = { ms / 1000, ms % 1000 * 1000000 };

	while (nanosleep(&ts, &ts) < 0 && errno == EINTR)
		;
}

static inline void t_settle(void)
{
	t_msleep(3);
}

/* Retry until c holds, for at most 15 s or so. */
#define t_await(c)                                          \
	do {                                                \
		for (int t_i_ = 0; !(c); t_i_++) {          \
			if (t_i_ > 15000)                   \
				t_die("never came: " #c);   \
			t_msleep(1);                        \
		}                                           \
	} while (0)

#define t_get(p) __atomic_load_n((p), __ATOMIC_SEQ_CST)
#define t_set(p, v) __atomic_store_n((p), (v), __ATOMIC_SEQ_CST)
#define t_inc(p) __atomic_add_fetch((p), 1, __ATOMIC_SEQ_CST)

/* Seconds on the monotonic clock. */
static inline double t_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static inline struct timespec t_in(clockid_t clock, long ms)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	ts.tv_sec += ms / 1000;
	ts.tv_nsec += ms % 1000 * 1000000;
	if (ts.tv_nsec >= 1000000000) {
		ts.tv_sec++;
		ts.tv_nsec -= 1000000000;
	} else if (ts.tv_nsec < 0) {
		ts.tv_sec--;
		ts.tv_nsec += 1000000000;
	}
	return ts;
}

static inline pthread_t t_go(void *(*fn)(void *), void *arg)
{
	pthread_t th;

	PDO(pthread_create(&th, NULL, fn, arg));
	return th;
}

static inline void *t_join(pthread_t th)
{
	void *ret;

	PDO(pthread_join(th, &ret));
	return ret;
}

/* A thread whose CPU clock was asked for waits at home from then on: so a program
   tries both ways of waiting. */
static inline void t_ask_clock(pthread_t th)
{
	clockid_t clock;

	PDO(pthread_getcpuclockid(th, &clock));
	t_settle();
}

struct t_call {
	void (*fn)(void);
	void (*later)(int);
	int arg;
};

static inline void *t_call_run(void *arg)
{
	struct t_call c = *(struct t_call *)arg;

	free(arg);
	if (c.later) {
		t_settle();
		c.later(c.arg);
	} else {
		c.fn();
	}
	return NULL;
}

static inline pthread_t t_call(struct t_call c)
{
	struct t_call *p = (struct t_call *)malloc(sizeof(*p));

	*p = c;
	return t_go(t_call_run, p);
}

static int t_poked;
static pthread_t t_waiter;

static inline void *t_poker(void *arg)
{
	(void)arg;
	t_await((pthread_kill(t_waiter, SIGUSR1), t_get(&t_poked)));
	return NULL;
}

/* Have poker(arg) send signals to the caller, t_waiter, until t_poke_end(): one
   might come before the call that it is to interrupt. */
static inline pthread_t t_poke(void *(*poker)(void *), void *arg)
{
	t_waiter = pthread_self();
	t_set(&t_poked, 0);
	return t_go(poker, arg);
}

static inline void t_poke_end(pthread_t th)
{
	t_set(&t_poked, 1);
	t_join(th);
}

/* Print what the call e gives while poker(arg) sends signals to the caller. */
#define T_UNDER(poker, arg, e)                        \
	do {                                          \
		pthread_t t_th_ = t_poke(poker, arg); \
		SHOW(e);                              \
		t_poke_end(t_th_);                    \
	} while (0)

/* While SIGUSR1 comes. */
#define T_POKED(e) T_UNDER(t_poker, NULL, e)

/* Have another thread do later(arg) when the caller is probably blocked. */
static inline pthread_t t_after(void (*later)(int), int arg)
{
	struct t_call c = { NULL, later, arg };

	return t_call(c);
}

static inline void t_in_thread(void (*fn)(void))
{
	struct t_call c = { fn, NULL, 0 };

	t_join(t_call(c));
}

static inline void t_pair(int type, int fd[2])
{
	DO(socketpair(AF_UNIX, type, 0, fd));
}

static inline int t_bound(int type, struct sockaddr_in *sa)
{
	socklen_t len = sizeof(*sa);
	int fd = DO(socket(AF_INET, type, 0));

	memset(sa, 0, sizeof(*sa));
	sa->sin_family = AF_INET;
	sa->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	DO(bind(fd, (struct sockaddr *)sa, sizeof(*sa)));
	DO(getsockname(fd, (struct sockaddr *)sa, &len));
	return fd;
}

static inline int t_listen(struct sockaddr_in *sa)
{
	int fd = t_bound(SOCK_STREAM, sa);

	DO(listen(fd, 64));
	return fd;
}

static inline int t_connect(const struct sockaddr_in *sa)
{
	int fd = DO(socket(AF_INET, SOCK_STREAM, 0));

	DO(connect(fd, (const struct sockaddr *)sa, sizeof(*sa)));
	return fd;
}

static inline void t_tcp(int fd[2])
{
	struct sockaddr_in sa;
	int l = t_listen(&sa);
	int c = t_connect(&sa);

	fd[0] = DO(accept(l, NULL, NULL));
	fd[1] = c;
	close(l);
}

/* A name for a unix socket that clashes with nobody's, never printed. */
static inline socklen_t t_unix_name(struct sockaddr_un *un, const char *tag)
{
	int n;

	memset(un, 0, sizeof(*un));
	un->sun_family = AF_UNIX;
	n = snprintf(un->sun_path + 1, sizeof(un->sun_path) - 1,
		     "ring-shim-test-%d-%s", (int)getpid(), tag);
	return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + n);
}

/* fd[0] is read from, fd[1] is written to; whoever closes one sets it -1. */
typedef void t_stream_fn(int fd[2]);

static inline void t_close2(int fd[2])
{
	for (int i = 0; i < 2; i++)
		if (fd[i] >= 0)
			DO(close(fd[i]));
}

static inline void t_sockets(t_stream_fn *body)
{
	int fd[2];

	printf("-- unix\n");
	t_pair(SOCK_STREAM, fd);
	body(fd);
	t_close2(fd);
	printf("-- tcp\n");
	t_tcp(fd);
	body(fd);
	t_close2(fd);
}

static inline void t_streams(t_stream_fn *body)
{
	int fd[2];

	printf("-- pipe\n");
	DO(pipe(fd));
	body(fd);
	t_close2(fd);
	t_sockets(body);
}

/* A thread that waits on a socket for the whole run. */
static inline void *t_idle(void *arg)
{
	char c;
	ssize_t r = read(*(int *)arg, &c, 1);

	(void)r;
	return NULL;
}

static inline void t_background(void)
{
	static int fd[2];

	t_pair(SOCK_STREAM, fd);
	PDO(pthread_detach(t_go(t_idle, &fd[0])));
}

/* One that does not take the signal sig when it is for the process. */
static inline void t_background_without(int sig)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, sig);
	PDO(pthread_sigmask(SIG_BLOCK, &set, NULL));
	t_background();
	PDO(pthread_sigmask(SIG_UNBLOCK, &set, NULL));
}

/* Do it in main beside a blocked thread, then in a thread. */
static inline void t_both(void (*body)(void))
{
	t_background();
	printf("in main\n");
	body();
	printf("in a thread\n");
	t_in_thread(body);
}

/* Write all of it or die. */
static inline void t_put(int fd, const void *buf, size_t len)
{
	const char *p = (const char *)buf;

	while (len) {
		ssize_t r = write(fd, p, len);

		if (r <= 0)
			t_die("t_put");
		p += r;
		len -= (size_t)r;
	}
}

/* Read all of it or die. */
static inline void t_take(int fd, void *buf, size_t len)
{
	char *p = (char *)buf;

	while (len) {
		ssize_t r = read(fd, p, len);

		if (r <= 0)
			t_die("t_take");
		p += r;
		len -= (size_t)r;
	}
}

/* Write until there is no room, not even for a byte, but without waiting: the
   flags are as before.  Returns how many bytes that took. */
static inline size_t t_fill(int fd)
{
	static char buf[4096];
	int fl = DO(fcntl(fd, F_GETFL));
	size_t n = 0;
	ssize_t r;

	DO(fcntl(fd, F_SETFL, fl | O_NONBLOCK));
	while ((r = write(fd, buf, sizeof(buf))) > 0)
		n += (size_t)r;
	while (write(fd, buf, 1) > 0)
		n++;
	DO(fcntl(fd, F_SETFL, fl));
	return n;
}

/* A thread that sends back what comes, to the end.  arg: its descriptor. */
static inline void *t_echo(void *arg)
{
	int fd = *(int *)arg;
	char b[4];
	ssize_t n;

	while ((n = read(fd, b, 4)) > 0)
		t_put(fd, b, (size_t)n);
	return NULL;
}

/* Blocking I/O between the caller and a thread that it makes for that. */
static inline void t_talk(void)
{
	static int fd[2];
	pthread_t th;
	char b[4];

	t_pair(SOCK_STREAM, fd);
	th = t_go(t_echo, &fd[1]);
	for (int i = 0; i < 20; i++) {
		t_put(fd[0], "ping", 4);
		t_take(fd[0], b, 4);
	}
	DO(shutdown(fd[0], SHUT_WR));
	t_join(th);
}

/* How many lines of the status of all kernel threads there are of which so() is
   true. */
static inline int t_task_lines(int (*so)(const char *line))
{
	DIR *d = opendir("/proc/self/task");
	char path[300], line[200];
	struct dirent *e;
	int n = 0;

	while (d && (e = readdir(d))) {
		FILE *f;

		snprintf(path, sizeof(path), "/proc/self/task/%s/status",
			 e->d_name);
		f = e->d_name[0] == '.' ? NULL : fopen(path, "r");
		while (f && fgets(line, sizeof(line), f))
			n += so(line);
		if (f)
			fclose(f);
	}
	if (d)
		closedir(d);
	return n;
}

static inline int t_readable(int fd)
{
	int n = 0;

	DO(ioctl(fd, FIONREAD, &n));
	return n;
}

/* Wait for a child and print how it ended. */
static inline void t_reap(pid_t pid)
{
	int st;

	fflush(stdout);
	DO(waitpid(pid, &st, 0));
	if (WIFEXITED(st))
		printf("child exited %d\n", WEXITSTATUS(st));
	else if (WIFSIGNALED(st))
		printf("child killed by %s\n", sigabbrev_np(WTERMSIG(st)));
}

static inline void t_handle(int sig, void (*fn)(int), int flags)
{
	struct sigaction sa;

	memset(&sa, 0, sizeof(sa));
	sa.sa_handler = fn;
	sa.sa_flags = flags;
	DO(sigaction(sig, &sa, NULL));
}

/*
 * In the fortified twins a length that the compiler cannot see makes it call
 * __read_chk() and its like; a constant one it would check by itself.
 */
#if defined(_FORTIFY_SOURCE) && _FORTIFY_SOURCE > 0 && !defined(__cplusplus)
static inline size_t t_unseen(size_t n)
{
	__asm__("" : "+r"(n));
	return n;
}
#define read(fd, b, n) read(fd, b, t_unseen(n))
#define recv(fd, b, n, fl) recv(fd, b, t_unseen(n), fl)
#define recvfrom(fd, b, n, fl, sa, len) \
	recvfrom(fd, b, t_unseen(n), fl, sa, len)
#define poll(p, n, ms) poll(p, t_unseen(n), ms)
#define ppoll(p, n, ts, set) ppoll(p, t_unseen(n), ts, set)
#endif

/* The byte at place i of a long test pattern. */
static inline unsigned char t_byte(size_t i)
{
	return (unsigned char)(i * 31 + (i >> 8) * 7 + (i >> 16));
}

#endif
