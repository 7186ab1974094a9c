/* A seccomp filter for all threads that comes, sooner or later, while threads
 * come and go, are cancelled and get signals, lock, read, write, and give up
 * waiting: nothing is lost, in one fresh process after the other. */
#include "t_seccomp.h"

enum {
	CHILDREN = 20,
	ROUNDS = 100,
	FEW = 12,
	BULK = 1 << 18
};

static const struct s_rule natively[] = {
	S_THREADS, S_STREAMS, S_SLEEPS, S_SIGNALS, { SYS_poll, 0, 0 },
};

static int ping_fd[2][2], bulk_fd[2], made_fd[2], never_fd[2], soon_fd[2];
static int signal_fd[2];
static int progress, locked, made;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static pthread_cond_t never = PTHREAD_COND_INITIALIZER;
static pthread_rwlock_t rwlock = PTHREAD_RWLOCK_INITIALIZER;
static sem_t handled, gone, never_sem;
static int queue, written;
static pthread_t target;

static long pings(int *fd)
{
	long sum = 0;
	char b;

	for (int i = 0; i < ROUNDS; i++) {
		b = (char)i;
		t_put(fd[0], &b, 1);
		t_take(fd[0], &b, 1);
		sum += b;
		t_inc(&progress);
	}
	return sum;
}

static long pongs(int *fd)
{
	char b;

	for (int i = 0; i < ROUNDS; i++) {
		t_take(fd[1], &b, 1);
		b /= 2;
		t_put(fd[1], &b, 1);
	}
	return 0;
}

static long ping0(void)
{
	return pings(ping_fd[0]);
}

static long pong0(void)
{
	return pongs(ping_fd[0]);
}

static long ping1(void)
{
	return pings(ping_fd[1]);
}

static long pong1(void)
{
	return pongs(ping_fd[1]);
}

static long locks(void)
{
	for (int i = 0; i < ROUNDS; i++) {
		pthread_mutex_lock(&mutex);
		locked++;
		if (i % 10 == 0)
			t_msleep(0);
		pthread_mutex_unlock(&mutex);
		t_inc(&progress);
	}
	return 0;
}

static long gives(void)
{
	for (int i = 1; i <= ROUNDS; i++) {
		pthread_mutex_lock(&mutex);
		while (queue)
			pthread_cond_wait(&changed, &mutex);
		queue = i;
		pthread_cond_broadcast(&changed);
		pthread_mutex_unlock(&mutex);
		t_inc(&progress);
	}
	return 0;
}

static long gets(void)
{
	long sum = 0;

	for (int i = 0; i < ROUNDS; i++) {
		pthread_mutex_lock(&mutex);
		while (!queue)
			pthread_cond_wait(&changed, &mutex);
		sum += queue;
		queue = 0;
		pthread_cond_broadcast(&changed);
		pthread_mutex_unlock(&mutex);
	}
	return sum;
}

static long shares(void)
{
	for (int i = 0; i < ROUNDS; i++) {
		if (i % 3) {
			pthread_rwlock_rdlock(&rwlock);
		} else {
			pthread_rwlock_wrlock(&rwlock);
			written++;
		}
		if (i % 16 == 0)
			t_msleep(0);
		pthread_rwlock_unlock(&rwlock);
		t_inc(&progress);
	}
	return 0;
}

/* Waits that come to nothing. */
static long gives_up(void)
{
	struct pollfd p = { never_fd[0], POLLIN, 0 };
	struct timespec ts;
	long n = 0;
	char b;

	for (int i = 0; i < FEW; i++) {
		ts = t_in(CLOCK_MONOTONIC, 1);
		n += sem_clockwait(&never_sem, CLOCK_MONOTONIC, &ts) < 0 &&
		     errno == ETIMEDOUT;
		n += recv(soon_fd[0], &b, 1, 0) < 0 && errno == EAGAIN;
		n += poll(&p, 1, 1) == 0;
		t_inc(&progress);
	}
	return n;
}

static long gives_up_too(void)
{
	struct timespec ts;
	long n = 0;
	int r;

	for (int i = 0; i < FEW; i++) {
		ts = t_in(CLOCK_MONOTONIC, 1);
		pthread_mutex_lock(&mutex);
		do
			r = pthread_cond_clockwait(&never, &mutex,
						   CLOCK_MONOTONIC, &ts);
		while (!r);
		pthread_mutex_unlock(&mutex);
		n += r == ETIMEDOUT;
		t_msleep(1);
		t_inc(&progress);
	}
	return n;
}

static long writes(void)
{
	static char buf[BULK];

	for (int i = 0; i < BULK; i++)
		buf[i] = (char)t_byte((size_t)i);
	for (int i = 0; i < 4; i++) {
		t_put(bulk_fd[1], buf, BULK);
		t_inc(&progress);
	}
	return 0;
}

static long takes(void)
{
	static unsigned char buf[BULK];
	long bad = 0;

	for (int i = 0; i < 4; i++) {
		t_take(bulk_fd[0], buf, BULK);
		for (int k = 0; k < BULK; k++)
			bad += buf[k] != t_byte((size_t)k);
	}
	return bad;
}

/* Threads that come and go. */

static void *brief(void *arg)
{
	char b;

	t_take(made_fd[0], &b, 1);
	return arg;
}

static void *detached(void *arg)
{
	t_inc(&made);
	sem_post(&gone);
	return arg;
}

static void *stays(void *arg)
{
	char b;

	t_take(never_fd[0], &b, 1);
	return arg;
}

static long makes(void)
{
	long sum = 0;

	for (long i = 0; i < FEW; i++) {
		pthread_t th = t_go(brief, (void *)i);

		PDO(pthread_detach(t_go(detached, NULL)));
		t_put(made_fd[1], "m", 1);
		sum += (long)t_join(th);
		DO(sem_wait(&gone));
		t_inc(&progress);
	}
	return sum;
}

static long cancels(void)
{
	long n = 0;

	for (int i = 0; i < FEW; i++) {
		pthread_t th = t_go(stays, NULL);

		if (i % 2)
			t_msleep(1);
		PDO(pthread_cancel(th));
		n += t_join(th) == PTHREAD_CANCELED;
		t_inc(&progress);
	}
	return n;
}

static void on(int sig)
{
	(void)sig;
	sem_post(&handled);
}

static long is_told(void)
{
	char b;

	t_take(signal_fd[0], &b, 1);
	return b;
}

static long tells(void)
{
	for (int i = 0; i < ROUNDS; i++) {
		PDO(pthread_kill(target, SIGUSR1));
		while (sem_wait(&handled) < 0)
			;
		t_inc(&progress);
	}
	t_put(signal_fd[1], "s", 1);
	return 0;
}

static long computes(void)
{
	volatile long sum = 0;

	for (int i = 0; i < 1000000; i++)
		sum += i;
	return sum;
}

static const struct {
	const char *name;
	long (*run)(void);
} threads[] = {
	{ "told", is_told },	  { "tells", tells },
	{ "ping", ping0 },	  { "pong", pong0 },
	{ "ping", ping1 },	  { "pong", pong1 },
	{ "locks", locks },	  { "locks", locks },
	{ "gives", gives },	  { "gets", gets },
	{ "shares", shares },	  { "shares", shares },
	{ "gives up", gives_up }, { "gives up", gives_up_too },
	{ "writes", writes },	  { "takes", takes },
	{ "makes", makes },	  { "cancels", cancels },
	{ "computes", computes },
};
#define THREADS	 (sizeof(threads) / sizeof(*threads))
#define PROGRESS (8 * ROUNDS + 4 * FEW + 4)

static void *runs(void *arg)
{
	return (void *)threads[(size_t)arg].run();
}

static int nth;

static void *sets(void *arg)
{
	t_await(t_get(&progress) >= nth * PROGRESS / CHILDREN);
	s_for_all(S_PROGRAM(natively));
	return arg;
}

static void set_up(void)
{
	struct timeval tv = { 0, 1000 };

	for (int i = 0; i < 2; i++)
		t_pair(SOCK_STREAM, ping_fd[i]);
	t_pair(SOCK_STREAM, never_fd);
	t_pair(SOCK_STREAM, soon_fd);
	t_pair(SOCK_STREAM, bulk_fd);
	DO(pipe(made_fd));
	DO(pipe(signal_fd));
	DO(setsockopt(soon_fd[0], SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv)));
	DO(sem_init(&handled, 0, 0));
	DO(sem_init(&gone, 0, 0));
	DO(sem_init(&never_sem, 0, 0));
	s_watch();
	t_handle(SIGUSR1, on, SA_RESTART);
}

static void storm(void)
{
	pthread_t th[THREADS], setter = t_go(stays, NULL);

	PDO(pthread_cancel(setter)); /* libc makes ready for more */
	t_join(setter);
	for (size_t i = 0; i < THREADS; i++) {
		th[i] = t_go(runs, (void *)i);
		if (!i)
			target = th[0];
	}
	if (nth % 2) {
		setter = t_go(sets, NULL);
		t_join(setter);
	} else {
		sets(NULL);
	}
	for (size_t i = 0; i < THREADS; i++)
		printf("%s %ld\n", threads[i].name, (long)t_join(th[i]));
	printf("locked %d written %d made %d\n", locked, written, made);
}

int main(void)
{
	set_up();
	for (nth = 0; nth < CHILDREN; nth++) {
		printf("child %d\n", nth);
		s_child(storm);
	}
	return t_end();
}
