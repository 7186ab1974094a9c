/* A seccomp filter for all threads (TSYNC), which allows what the program calls
 * natively and kills for the rest, set while threads wait in every way, compute
 * and are in handlers: each gets what it waits for, and so do as many new ones.
 * Times are by the clock that nobody sets. */
#include "t_seccomp.h"

#ifndef setter
#define setter setter_main
#endif

/* One way to wait: what is the same natively is all that may be called. */
struct kind {
	const char *name;
	long (*wait)(void);
	void (*wake)(void);  /* may be NULL: it ends by itself */
	void (*ready)(void); /* may be NULL: before it begins */
	void (*begun)(void); /* may be NULL: it has, or is about to */
	pthread_t th;
	int up;
};

static struct kind *now; /* whose wake() or begun() is called */

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

static long take(int fd)
{
	char b = 0;

	t_take(fd, &b, 1);
	return b;
}

static long read_wait(void)
{
	return take(unix_fd[0]);
}

static void read_wake(void)
{
	t_put(unix_fd[1], "r", 1);
}

static long pipe_wait(void)
{
	return take(pipe_fd[0]);
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

	return r < 0 && errno == EAGAIN && t_now() - begin > 0.099;
}

static long accept_wait(void)
{
	int fd = DO(accept(listener, NULL, NULL));
	long r = take(fd);

	DO(close(fd));
	return r;
}

static void accept_wake(void)
{
	int fd = t_connect(&where);

	t_put(fd, "a", 1);
	DO(close(fd));
}

static long poll_wait(void)
{
	struct pollfd p[] = { { over_fd[1], POLLIN, 0 },
			      { poll_fd[0], POLLIN, 0 } };

	return poll(p, 2, -1) == 1 && p[1].revents == POLLIN ? take(poll_fd[0])
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
		       ? take(select_fd[0])
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
	memset(back, 0, sizeof(back));
	t_take(full_fd[1], back, sizeof(back));
	CHECK(!memcmp(big, back, sizeof(big)));
}

static long full_pipe_wait(void)
{
	return write(full_pipe[1], big, sizeof(big));
}

static void full_pipe_wake(void)
{
	memset(back, 0, sizeof(back));
	t_take(full_pipe[0], back, sizeof(back));
	CHECK(!memcmp(big, back, sizeof(big)));
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

/* Locks. */

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t timed = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t cond_mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t cond = PTHREAD_COND_INITIALIZER;
static pthread_cond_t cond_long = PTHREAD_COND_INITIALIZER;
static pthread_cond_t cond_over = PTHREAD_COND_INITIALIZER;
static int flag, flag_long;
static sem_t sem, sem_long;
static pthread_rwlock_t held_to_write = PTHREAD_RWLOCK_INITIALIZER;
static pthread_rwlock_t held_to_read = PTHREAD_RWLOCK_INITIALIZER;
static pthread_barrier_t barrier;

static void mutex_ready(void)
{
	pthread_mutex_lock(&mutex);
}

static long mutex_wait(void)
{
	return pthread_mutex_lock(&mutex) + pthread_mutex_unlock(&mutex);
}

static void mutex_wake(void)
{
	pthread_mutex_unlock(&mutex);
}

static void timed_ready(void)
{
	pthread_mutex_lock(&timed);
}

static long timed_wait(void)
{
	struct timespec ts = t_in(CLOCK_MONOTONIC, 25000);

	return pthread_mutex_clocklock(&timed, CLOCK_MONOTONIC, &ts) +
	       pthread_mutex_unlock(&timed);
}

static void timed_wake(void)
{
	pthread_mutex_unlock(&timed);
}

static long cond_wait(void)
{
	pthread_mutex_lock(&cond_mutex);
	while (!flag)
		pthread_cond_wait(&cond, &cond_mutex);
	flag = 0;
	return pthread_mutex_unlock(&cond_mutex);
}

static void cond_wake(void)
{
	pthread_mutex_lock(&cond_mutex);
	flag = 1;
	pthread_cond_signal(&cond);
	pthread_mutex_unlock(&cond_mutex);
}

static long cond_long_wait(void)
{
	struct timespec ts = t_in(CLOCK_MONOTONIC, 25000);
	int r = 0;

	pthread_mutex_lock(&cond_mutex);
	while (!flag_long && !r)
		r = pthread_cond_clockwait(&cond_long, &cond_mutex,
					   CLOCK_MONOTONIC, &ts);
	flag_long = 0;
	return r + pthread_mutex_unlock(&cond_mutex);
}

static void cond_long_wake(void)
{
	pthread_mutex_lock(&cond_mutex);
	flag_long = 1;
	pthread_cond_broadcast(&cond_long);
	pthread_mutex_unlock(&cond_mutex);
}

static long cond_over_wait(void)
{
	struct timespec ts = t_in(CLOCK_MONOTONIC, 100);
	int r;

	pthread_mutex_lock(&cond_mutex);
	do
		r = pthread_cond_clockwait(&cond_over, &cond_mutex,
					   CLOCK_MONOTONIC, &ts);
	while (!r);
	pthread_mutex_unlock(&cond_mutex);
	return r == ETIMEDOUT;
}

static long sem_wait_(void)
{
	return sem_wait(&sem);
}

static void sem_wake(void)
{
	sem_post(&sem);
}

static long sem_long_wait(void)
{
	struct timespec ts = t_in(CLOCK_MONOTONIC, 25000);

	return sem_clockwait(&sem_long, CLOCK_MONOTONIC, &ts);
}

static void sem_long_wake(void)
{
	sem_post(&sem_long);
}

static void read_lock_ready(void)
{
	pthread_rwlock_wrlock(&held_to_write);
}

static long read_lock_wait(void)
{
	return pthread_rwlock_rdlock(&held_to_write) +
	       pthread_rwlock_unlock(&held_to_write);
}

static void read_lock_wake(void)
{
	pthread_rwlock_unlock(&held_to_write);
}

static void write_lock_ready(void)
{
	pthread_rwlock_rdlock(&held_to_read);
}

static long write_lock_wait(void)
{
	return pthread_rwlock_wrlock(&held_to_read) +
	       pthread_rwlock_unlock(&held_to_read);
}

static void write_lock_wake(void)
{
	pthread_rwlock_unlock(&held_to_read);
}

static long barrier_wait(void)
{
	int r = pthread_barrier_wait(&barrier);

	return r == PTHREAD_BARRIER_SERIAL_THREAD ? 0 : r;
}

static void barrier_wake(void)
{
	barrier_wait();
}

/* Threads, times and signals. */

static int joining, sleeping, computing, in_late, in_early, late_over;

static void *reader(void *arg)
{
	t_inc(&joining);
	return (void *)take(*(int *)arg);
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
	PDO(pthread_kill(now->th, SIGUSR1));
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
	PDO(pthread_kill(now->th, SIGUSR2));
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

static void nothing(int sig)
{
	(void)sig;
}

/* A thread that computes, with a handler that waits. */
static void late_on(int sig)
{
	(void)sig;
	t_set(&in_late, 1);
	take(late_fd[0]);
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
	PDO(pthread_kill(now->th, SIGHUP));
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
	return take(early_fd[0]);
}

static void early_begun(void)
{
	t_settle();
	PDO(pthread_kill(now->th, SIGURG));
	t_await(t_get(&in_early));
}

static void early_wake(void)
{
	t_set(&in_early, 0);
	t_put(early_fd[1], "e", 1);
}

static long cancel_wait(void)
{
	return take(cancel_fd[0]);
}

static void cancel_wake(void)
{
	PDO(pthread_cancel(now->th));
}

static struct kind kinds[] = {
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
	{ "mutex", mutex_wait, mutex_wake, mutex_ready, NULL, 0, 0 },
	{ "timed", timed_wait, timed_wake, timed_ready, NULL, 0, 0 },
	KIND(cond),
	KIND(cond_long),
	{ "sem", sem_wait_, sem_wake, NULL, NULL, 0, 0 },
	KIND(sem_long),
	{ "read_lock", read_lock_wait, read_lock_wake, read_lock_ready, NULL, 0,
	  0 },
	{ "write_lock", write_lock_wait, write_lock_wake, write_lock_ready,
	  NULL, 0, 0 },
	KIND(barrier),
	{ "join", join_wait, join_wake, NULL, join_begun, 0, 0 },
	{ "sleep", sleep_wait, sleep_wake, NULL, sleep_begun, 0, 0 },
	KIND(sigwait),
	{ "compute", compute_wait, compute_wake, compute_ready, NULL, 0, 0 },
	{ "late", late_wait, late_wake, late_ready, late_begun, 0, 0 },
	{ "early", early_wait, early_wake, NULL, early_begun, 0, 0 },
	KIND(cancel),
	{ "over", over_wait, NULL, NULL, NULL, 0, 0 },
	{ "poll_over", poll_over_wait, NULL, NULL, NULL, 0, 0 },
	{ "cond_over", cond_over_wait, NULL, NULL, NULL, 0, 0 },
	{ "nap", nap_wait, NULL, NULL, NULL, 0, 0 },
};
#define KINDS (sizeof(kinds) / sizeof(*kinds))

static void *run(void *arg)
{
	struct kind *k = (struct kind *)arg;

	t_set(&k->up, 1);
	return (void *)k->wait();
}

static void begin(struct kind *k)
{
	now = k;
	k->up = 0;
	if (k->ready)
		k->ready();
	k->th = t_go(run, k);
	t_await(t_get(&k->up));
	if (k->begun)
		k->begun();
}

static void finish(struct kind *k)
{
	void *r;

	now = k;
	if (k->wake)
		k->wake();
	r = t_join(k->th);
	if (r == PTHREAD_CANCELED)
		printf("%s: cancelled\n", k->name);
	else
		printf("%s: %ld\n", k->name, (long)r);
}

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
	DO(sem_init(&sem, 0, 0));
	DO(sem_init(&sem_long, 0, 0));
	PDO(pthread_barrier_init(&barrier, NULL, 2));
	s_watch();
	t_handle(SIGUSR1, nothing, 0);
	t_handle(SIGHUP, late_on, SA_RESTART);
	t_handle(SIGURG, early_on, SA_RESTART);
	sigemptyset(&set);
	sigaddset(&set, SIGUSR2);
	PDO(pthread_sigmask(SIG_BLOCK, &set, NULL));
}

/* Who sets it. */

static int setter_fd[2];

static inline void setter_main(void)
{
	s_for_all(S_PROGRAM(natively));
}

static void *sets(void *arg)
{
	take(setter_fd[0]);
	s_for_all(S_PROGRAM(natively));
	return arg;
}

static inline void setter_worker(void)
{
	pthread_t th = t_go(sets, NULL);

	t_settle();
	t_put(setter_fd[1], "s", 1);
	t_join(th);
}

int main(void)
{
	set_up();
	warm_up();
	DO(pipe(setter_fd));
	printf("waits that are under way\n");
	for (size_t i = 0; i < KINDS; i++)
		begin(&kinds[i]);
	t_settle();
	setter();
	for (size_t i = 0; i < KINDS; i++)
		finish(&kinds[i]);
	printf("new ones\n");
	for (size_t i = 0; i < KINDS; i++)
		begin(&kinds[i]);
	t_settle();
	for (size_t i = 0; i < KINDS; i++)
		finish(&kinds[i]);
	printf("one by one\n");
	for (size_t i = 0; i < KINDS; i++) {
		begin(&kinds[i]);
		finish(&kinds[i]);
	}
	return t_end();
}
