/*
 * work - a bit of everything that may wait, with one output whatever happens
 *
 *	work [burst [N] | race | once | late | limits | accepts]
 *
 * Threads that talk over sockets and pipes, share a queue, sleep, come and
 * go; a child that makes threads of its own.  Every byte is counted, so that
 * what fault injection loses or doubles is seen.  Calls that fail are told
 * of, and are what the native run must have met as well.
 *
 * burst: N threads wait for a byte each and all get it at once, so that more
 * completions come than a small queue holds.
 * race: receives that time out while data come, and threads cancelled while
 * they receive: none comes twice.
 * once: an initialiser makes the first thread, which comes for it, too.
 * late: a thread is joined, another made and joined, by one who has not made the
 * first; their stacks are too big for libc to keep.
 * limits: waits that have an end, and are interrupted.
 * accepts: threads are cancelled that wait for a connection.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PAIRS  6
#define ROUNDS 100
#define ITEMS  300
#define BURST  700
#define BIG    (64ul << 20)	/* libc keeps 40 MB of stacks */
#define LATE   3

static void bad(const char *what, int err)
{
	printf("%s: %s\n", what, strerror(err));
	fflush(stdout);
	_exit(1);
}

static pthread_t start_with(size_t stack, void *(*fn)(void *), void *arg)
{
	pthread_attr_t attr;
	pthread_t t;
	int r;

	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, stack);
	r = pthread_create(&t, &attr, fn, arg);
	pthread_attr_destroy(&attr);
	if (r)
		bad("pthread_create", r);
	return t;
}

static pthread_t start(void *(*fn)(void *), void *arg)
{
	return start_with(128 * 1024, fn, arg);
}

static void join(pthread_t t)
{
	int r = pthread_join(t, NULL);

	if (r)
		bad("pthread_join", r);
}

static void pair(int fds[2])
{
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, fds))
		bad("socketpair", errno);
}

/* --- ping-pong ----------------------------------------------------------- */

static atomic_long bytes;

static void *pong(void *arg)
{
	int fd = (int)(long)arg;
	char c;
	ssize_t r;

	while ((r = read(fd, &c, 1)) == 1) {
		bytes++;
		if (write(fd, &c, 1) != 1)
			bad("write", errno);
	}
	if (r < 0)
		bad("read", errno);
	close(fd);
	return NULL;
}

static void *ping(void *arg)
{
	int fds[2];
	pthread_t t;
	char c = 'x';

	(void)arg;
	pair(fds);
	t = start(pong, (void *)(long)fds[1]);
	for (int i = 0; i < ROUNDS; i++) {
		if (send(fds[0], &c, 1, 0) != 1)
			bad("send", errno);
		if (recv(fds[0], &c, 1, 0) != 1)
			bad("recv", errno);
	}
	close(fds[0]);
	join(t);
	return NULL;
}

static void pingpong(void)
{
	pthread_t t[PAIRS];

	for (int i = 0; i < PAIRS; i++)
		t[i] = start(ping, NULL);
	for (int i = 0; i < PAIRS; i++)
		join(t[i]);
	printf("ping-pong: %ld bytes\n", bytes);
}

/* --- TCP, a thread a connection -------------------------------------------- */

static int listener;
static struct sockaddr_in at = { .sin_family = AF_INET };

static void *echo(void *arg)
{
	int fd = (int)(long)arg;
	char b[256];
	ssize_t n;

	while ((n = read(fd, b, sizeof(b))) > 0)
		if (write(fd, b, (size_t)n) != n)
			bad("write to a client", errno);
	close(fd);
	return NULL;
}

static void *server(void *arg)
{
	pthread_t t[PAIRS];

	(void)arg;
	for (int i = 0; i < PAIRS; i++) {
		int fd = accept(listener, NULL, NULL);

		if (fd < 0)
			bad("accept", errno);
		t[i] = start(echo, (void *)(long)fd);
	}
	for (int i = 0; i < PAIRS; i++)
		join(t[i]);
	return NULL;
}

static void *client(void *arg)
{
	struct pollfd p = { .events = POLLIN };
	char b[100];
	ssize_t n;

	p.fd = socket(AF_INET, SOCK_STREAM, 0);
	if (connect(p.fd, (struct sockaddr *)&at, sizeof(at)))
		bad("connect", errno);
	for (int i = 0; i < ROUNDS / 2; i++) {
		memset(b, i, sizeof(b));
		if (write(p.fd, b, sizeof(b)) != sizeof(b))
			bad("write to the server", errno);
		for (size_t got = 0; got < sizeof(b); got += (size_t)n) {
			if (poll(&p, 1, 10000) != 1)
				bad("poll", errno);
			n = read(p.fd, b + got, sizeof(b) - got);
			if (n <= 0 || b[got] != i)
				bad("read from the server", errno);
			*(atomic_long *)arg += n;
		}
	}
	close(p.fd);
	return NULL;
}

static void tcp(void)
{
	socklen_t len = sizeof(at);
	atomic_long sum = 0;
	pthread_t s, t[PAIRS];

	listener = socket(AF_INET, SOCK_STREAM, 0);
	at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	at.sin_port = 0;	/* that of the last time may be somebody's now */
	if (bind(listener, (struct sockaddr *)&at, sizeof(at)) ||
	    listen(listener, 16) ||
	    getsockname(listener, (struct sockaddr *)&at, &len))
		bad("listen", errno);
	s = start(server, NULL);
	for (int i = 0; i < PAIRS; i++)
		t[i] = start(client, &sum);
	for (int i = 0; i < PAIRS; i++)
		join(t[i]);
	join(s);
	close(listener);
	printf("tcp: %ld bytes\n", sum);
}

/* --- locks, time, threads that come and go ---------------------------------- */

static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t more = PTHREAD_COND_INITIALIZER;
static int queued, taken, ended;

static void *consumer(void *arg)
{
	(void)arg;
	pthread_mutex_lock(&m);
	for (;;) {
		while (!queued && !ended)
			pthread_cond_wait(&more, &m);
		if (!queued)
			break;
		queued--;
		taken++;
	}
	pthread_mutex_unlock(&m);
	return NULL;
}

static void *producer(void *arg)
{
	struct timespec ts = { .tv_nsec = 1000000 };

	(void)arg;
	for (int i = 0; i < ITEMS; i++) {
		pthread_mutex_lock(&m);
		queued++;
		pthread_cond_signal(&more);
		pthread_mutex_unlock(&m);
		if (i % 50 == 0)
			nanosleep(&ts, NULL);
	}
	return NULL;
}

static void queue(void)
{
	pthread_t c[3], p[2];

	queued = taken = ended = 0;
	for (int i = 0; i < 3; i++)
		c[i] = start(consumer, NULL);
	for (int i = 0; i < 2; i++)
		p[i] = start(producer, NULL);
	for (int i = 0; i < 2; i++)
		join(p[i]);
	pthread_mutex_lock(&m);
	ended = 1;
	pthread_cond_broadcast(&more);
	pthread_mutex_unlock(&m);
	for (int i = 0; i < 3; i++)
		join(c[i]);
	printf("queue: %d taken\n", taken);
}

static void *count(void *arg)
{
	++*(atomic_int *)arg;
	return NULL;
}

static void churn(void)
{
	atomic_int n = 0;

	for (int i = 0; i < 40; i++)
		join(start(count, &n));
	printf("churn: %d\n", n);
}

/* --- a peer that is killed ---------------------------------------------------- */

static void *until_end(void *arg)
{
	char c;
	ssize_t n;

	while ((n = recv((int)(long)arg, &c, 1, 0)) > 0)
		bytes++;
	if (n < 0)
		bad("recv from one that was killed", errno);
	return NULL;
}

static void killed(void)
{
	int fds[2];
	pthread_t t;
	pid_t pid;

	pair(fds);
	bytes = 0;
	pid = fork();
	if (pid < 0)
		bad("fork", errno);
	if (pid == 0) {
		if (write(fds[1], "ab", 2) != 2)
			_exit(1);
		for (;;)
			pause();
	}
	close(fds[1]);
	t = start(until_end, (void *)(long)fds[0]);
	while (bytes < 2)
		usleep(1000);
	kill(pid, SIGKILL);
	join(t);
	waitpid(pid, NULL, 0);
	close(fds[0]);
	printf("killed: %ld bytes\n", bytes);
}

static void everything(void)
{
	int status;
	pid_t pid;

	pingpong();
	tcp();
	queue();
	churn();
	fflush(stdout);
	pid = fork();
	if (pid < 0)
		bad("fork", errno);
	if (pid == 0) {
		pingpong();
		queue();
		exit(7);
	}
	if (waitpid(pid, &status, 0) != pid)
		bad("waitpid", errno);
	killed();
	printf("child: %d\n", WEXITSTATUS(status));
	tcp();
}

/* --- burst ---------------------------------------------------------------------- */

static atomic_int waiting;

static void *one_byte(void *arg)
{
	char c = 0;

	waiting++;
	if (read((int)(long)arg, &c, 1) != 1)
		bad("read", errno);
	bytes += c;
	return NULL;
}

static void burst(int n)
{
	struct rlimit rl;
	pthread_t *t = calloc((size_t)n, sizeof(*t));
	int(*p)[2] = calloc((size_t)n, sizeof(*p));

	getrlimit(RLIMIT_NOFILE, &rl);
	rl.rlim_cur = rl.rlim_max;
	setrlimit(RLIMIT_NOFILE, &rl);
	for (int round = 0; round < 3; round++) {
		waiting = 0;
		for (int i = 0; i < n; i++) {
			pair(p[i]);
			t[i] = start(one_byte, (void *)(long)p[i][0]);
		}
		while (waiting < n)
			usleep(1000);
		for (int i = 0; i < n; i++)
			if (write(p[i][1], "\1", 1) != 1)
				bad("write", errno);
		for (int i = 0; i < n; i++) {
			join(t[i]);
			close(p[i][0]);
			close(p[i][1]);
		}
	}
	printf("burst: %ld bytes\n", bytes);
	free(t);
	free(p);
}

/* --- race ------------------------------------------------------------------------- */

#define SENT 400

static void *sends(void *arg)
{
	int fd = (int)(long)arg;
	struct timespec ts = { 0 };

	for (int i = 0; i < SENT; i++) {
		/* around the receivers' time limit */
		ts.tv_nsec = 900000 + i % 11 * 20000;
		nanosleep(&ts, NULL);
		if (write(fd, "\1", 1) != 1)
			bad("write", errno);
	}
	shutdown(fd, SHUT_WR);
	return NULL;
}

static void *receives(void *arg)
{
	struct timeval tv = { .tv_usec = 1000 };
	int fds[2];
	long got = 0;
	pthread_t t;
	char b[16];
	ssize_t n;

	(void)arg;
	pair(fds);
	setsockopt(fds[0], SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv));
	t = start(sends, (void *)(long)fds[1]);
	while ((n = recv(fds[0], b, sizeof(b), 0)) != 0) {
		if (n < 0 && errno != EAGAIN)
			bad("recv", errno);
		got += n > 0 ? n : 0;
	}
	join(t);
	close(fds[0]);
	close(fds[1]);
	if (got != SENT)
		printf("received %ld\n", got);
	return NULL;
}

/* Receives until it is cancelled; what it has got it counts, uncancelled. */
static void *until_cancelled(void *arg)
{
	int fd = (int)(long)arg;
	char c;

	while (read(fd, &c, 1) == 1)
		bytes++;
	return NULL;
}

static void cancels(void)
{
	long left = 0;
	char c;

	for (int i = 0; i < 200; i++) {
		pthread_t t;
		int fds[2];

		pair(fds);
		t = start(until_cancelled, (void *)(long)fds[0]);
		usleep((useconds_t)(i % 7 * 30));
		if (write(fds[1], "\1", 1) != 1)
			bad("write", errno);
		pthread_cancel(t);
		join(t);
		left += recv(fds[0], &c, 1, MSG_DONTWAIT) == 1;
		close(fds[0]);
		close(fds[1]);
	}
	/* libc itself loses one now and then: cancelled between the end of the
	   system call and that of read() */
	if (left + bytes > 200)
		printf("cancels: %ld bytes\n", left + bytes);
	printf("cancels: done\n");
}

static void race(void)
{
	pthread_t t[PAIRS];

	for (int i = 0; i < PAIRS; i++)
		t[i] = start(receives, NULL);
	for (int i = 0; i < PAIRS; i++)
		join(t[i]);
	printf("timeouts: done\n");
	cancels();
}

/* --- once: begun before the first thread, which is made in the middle ------ */

static pthread_once_t first = PTHREAD_ONCE_INIT;
static pthread_t late;
static _Atomic int comes, inits;

static void init_first(void);

static void *comes_late(void *arg)
{
	(void)arg;
	comes = 1;
	pthread_once(&first, init_first);
	return NULL;
}

static void init_first(void)
{
	if (inits++)
		return;
	late = start(comes_late, NULL);
	while (!comes)
		usleep(1000);
	usleep(10000);	/* more likely it waits by now */
}

static void once(void)
{
	pthread_once(&first, init_first);
	join(late);
	printf("once: %d\n", inits);
}

/* --- late: the maker of a thread is kept from the CPU (fault/late.c) -------- */

static sem_t told;
static pthread_t teller;

static void *tells(void *arg)
{
	teller = pthread_self();
	sem_post(&told);
	return arg;
}

static void *makes(void *arg)
{
	sigset_t mask;

	start_with(BIG, tells, arg);
	pthread_sigmask(SIG_SETMASK, NULL, &mask);
	if (sigismember(&mask, SIGUSR1))
		printf("late: the maker's mask has changed\n");
	return NULL;
}

static void *exits(void *arg)
{
	pthread_exit(arg);
}

static void maker_late(void)
{
	sem_init(&told, 0, 0);
	for (int i = 0; i < LATE; i++) {
		pthread_t maker = start(makes, NULL);

		while (sem_wait(&told))
			;
		join(teller);
		join(start_with(BIG, exits, NULL));
		join(maker);
	}
	printf("late: done\n");
}

/* --- accepts: nobody connects ---------------------------------------------- */

static sem_t begun;

static void *accepts_one(void *arg)
{
	sem_post(&begun);
	accept(*(int *)arg, NULL, NULL);
	return NULL;
}

static void accepts(void)
{
	struct sockaddr_in here = { .sin_family = AF_INET };
	int cancelled = 0, fd = socket(AF_INET, SOCK_STREAM, 0);

	here.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (bind(fd, (struct sockaddr *)&here, sizeof(here)) || listen(fd, 1))
		bad("listen", errno);
	sem_init(&begun, 0, 0);
	for (int i = 0; i < 20; i++) {
		pthread_t t = start(accepts_one, &fd);
		void *r;

		while (sem_wait(&begun))
			;
		usleep((useconds_t)(i % 4 * 500));
		pthread_cancel(t);
		pthread_join(t, &r);
		cancelled += r == PTHREAD_CANCELED;
	}
	printf("accepts: %d cancelled\n", cancelled);
}

/* --- limits: by a clock that may be faked ------------------------------------ */

static struct timespec soon(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	ts.tv_nsec += 200000000;
	ts.tv_sec += ts.tv_nsec / 1000000000;
	ts.tv_nsec %= 1000000000;
	return ts;
}

static void wait_cond(clockid_t clock)
{
	pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
	pthread_condattr_t attr;
	struct timespec end;
	pthread_cond_t c;
	int r = 0;

	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, clock);
	pthread_cond_init(&c, &attr);
	pthread_mutex_lock(&m);
	end = soon(clock);
	while (r == 0)
		r = pthread_cond_timedwait(&c, &m, &end);
	printf("cond: %s\n", strerror(r));
	fflush(stdout);
}

static void wait_sem(void)
{
	struct timespec end = soon(CLOCK_REALTIME);
	sem_t s;
	int r;

	sem_init(&s, 0, 0);
	do
		r = sem_timedwait(&s, &end);
	while (r < 0 && errno == EINTR);
	printf("sem: %s\n", r ? strerror(errno) : "taken");
	fflush(stdout);
}

static void *waits(void *arg)
{
	wait_cond(CLOCK_REALTIME);
	wait_cond(CLOCK_MONOTONIC);
	if (arg)	/* whom the timer doesn't interrupt: its clock may stand */
		wait_sem();
	usleep(1000);
	return arg;
}

static void ticks(int sig)
{
	(void)sig;
}

static void limits(void)
{
	struct itimerval often = { { 0, 30000 }, { 0, 30000 } };
	struct sigaction sa = { .sa_handler = ticks, .sa_flags = SA_RESTART };

	sigaction(SIGALRM, &sa, NULL);
	setitimer(ITIMER_REAL, &often, NULL);
	join(start(waits, &told));
	waits(NULL);
	printf("limits: done\n");
}

int main(int argc, char **argv)
{
	if (argc > 1 && !strcmp(argv[1], "burst"))
		burst(argc > 2 ? atoi(argv[2]) : BURST);
	else if (argc > 1 && !strcmp(argv[1], "race"))
		race();
	else if (argc > 1 && !strcmp(argv[1], "once"))
		once();
	else if (argc > 1 && !strcmp(argv[1], "late"))
		maker_late();
	else if (argc > 1 && !strcmp(argv[1], "limits"))
		limits();
	else if (argc > 1 && !strcmp(argv[1], "accepts"))
		accepts();
	else
		everything();
	return 0;
}
