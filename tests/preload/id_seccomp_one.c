/* A seccomp filter that one thread sets for itself alone, which allows what the
 * thread calls natively: it wakes threads in every way, waits for them, makes
 * another, which has the filter too, and ends; the others know nothing. */
#include "t_seccomp.h"

enum {
	WOKEN = 8,
	ROUNDS = 50
};

static const struct s_rule natively[] = { S_THREADS, S_STREAMS, S_SLEEPS };

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t other = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t cond_mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t cond = PTHREAD_COND_INITIALIZER;
static pthread_rwlock_t rwlock = PTHREAD_RWLOCK_INITIALIZER;
static pthread_barrier_t barrier;
static sem_t sem, answer;
static int go_fd[2], read_fd[2], poll_fd[2], echo_fd[2], hold_fd[2];
static int up, turn;

/* Those who wait; and for two of them at the end the worker does. */

static void locks(void)
{
	pthread_mutex_lock(&mutex);
	pthread_mutex_unlock(&mutex);
}

static void waits(void)
{
	pthread_mutex_lock(&cond_mutex);
	while (turn != 1)
		pthread_cond_wait(&cond, &cond_mutex);
	turn = 2;
	pthread_cond_broadcast(&cond);
	pthread_mutex_unlock(&cond_mutex);
}

static void posts(void)
{
	sem_wait(&sem);
	t_settle();
	sem_post(&answer);
}

static void reads_lock(void)
{
	pthread_rwlock_rdlock(&rwlock);
	pthread_rwlock_unlock(&rwlock);
}

static void reads(void)
{
	char b;

	t_take(read_fd[0], &b, 1);
}

static void polls(void)
{
	struct pollfd p = { poll_fd[0], POLLIN, 0 };

	DO(poll(&p, 1, -1));
}

static void meets(void)
{
	pthread_barrier_wait(&barrier);
}

static void echoes(void)
{
	char b;

	for (int i = 0; i < ROUNDS; i++) {
		t_take(echo_fd[0], &b, 1);
		b++;
		t_put(echo_fd[0], &b, 1);
	}
}

static void (*const woken[WOKEN])(void) = {
	locks, waits, posts, reads_lock, reads, polls, meets, echoes,
};

static void *runs(void *arg)
{
	t_inc(&up);
	woken[(long)arg]();
	return arg;
}

/* Holds the other lock until it is told to let it go. */
static void *holds(void *arg)
{
	char b;

	pthread_mutex_lock(&other);
	t_inc(&up);
	t_take(hold_fd[0], &b, 1);
	t_settle();
	pthread_mutex_unlock(&other);
	return arg;
}

/* The one with the filter. */

static void *inherits(void *arg)
{
	char *p = (char *)malloc(1 << 20);

	memset(p, 1, 1 << 20);
	free(p);
	pthread_mutex_lock(&mutex);
	sem_post(&answer);
	pthread_mutex_unlock(&mutex);
	t_msleep(1);
	return arg;
}

static void wake_them(void)
{
	pthread_mutex_unlock(&mutex);
	pthread_rwlock_unlock(&rwlock);
	sem_post(&sem);
	t_put(read_fd[1], "r", 1);
	t_put(poll_fd[1], "p", 1);
	pthread_barrier_wait(&barrier);
}

static long wait_for_them(void)
{
	long sum = 0;
	char b;

	sem_wait(&answer);
	t_put(hold_fd[1], "h", 1);
	pthread_mutex_lock(&other);
	pthread_mutex_unlock(&other);
	pthread_mutex_lock(&cond_mutex);
	turn = 1;
	pthread_cond_broadcast(&cond);
	while (turn != 2)
		pthread_cond_wait(&cond, &cond_mutex);
	pthread_mutex_unlock(&cond_mutex);
	for (int i = 0; i < ROUNDS; i++) {
		b = (char)i;
		t_put(echo_fd[1], &b, 1);
		t_take(echo_fd[1], &b, 1);
		sum += b;
	}
	return sum;
}

static void (*set)(struct sock_fprog *p);

static void hold(void)
{
	pthread_mutex_lock(&mutex);
	pthread_rwlock_wrlock(&rwlock);
	t_inc(&up);
}

static long with_filter(void)
{
	pthread_t th;
	char b;
	long sum;

	t_take(go_fd[0], &b, 1);
	set(S_PROGRAM(natively));
	wake_them();
	sum = wait_for_them();
	th = t_go(inherits, NULL);
	sem_wait(&answer);
	t_join(th);
	return sum;
}

static void *filtered(void *arg)
{
	(void)arg;
	hold();
	return (void *)with_filter();
}

static pthread_t th[WOKEN], holder;

static void begin(void)
{
	t_await(t_get(&up) == 1);
	holder = t_go(holds, NULL);
	for (long i = 0; i < WOKEN; i++)
		th[i] = t_go(runs, (void *)i);
	t_await(t_get(&up) == WOKEN + 2);
	t_settle();
	t_put(go_fd[1], "g", 1);
}

static void end(long sum)
{
	printf("sum: %ld\n", sum);
	t_join(holder);
	for (int i = 0; i < WOKEN; i++)
		printf("woken: %ld\n", (long)t_join(th[i]));
}

static void in_worker(void)
{
	pthread_t worker = t_go(filtered, NULL);

	begin();
	end((long)t_join(worker));
	printf("main's mode: %d\n", prctl(PR_GET_SECCOMP, 0, 0, 0, 0));
}

static void in_main(void)
{
	hold();
	begin();
	end(with_filter());
}

int main(void)
{
	int *pairs[] = { go_fd, read_fd, poll_fd, echo_fd, hold_fd };

	for (size_t i = 0; i < sizeof(pairs) / sizeof(*pairs); i++)
		t_pair(SOCK_STREAM, pairs[i]);
	DO(sem_init(&sem, 0, 0));
	DO(sem_init(&answer, 0, 0));
	PDO(pthread_barrier_init(&barrier, NULL, 2));
	printf("a worker\n");
	set = s_for_me;
	s_child(in_worker);
	printf("a worker, by number\n");
	set = s_for_me_by_number;
	s_child(in_worker);
	printf("main\n");
	set = s_for_me;
	s_child(in_main);
	printf("main, by number\n");
	set = s_for_me_by_number;
	s_child(in_main);
	return t_end();
}
