/* The strict mode, in which a thread may read, write, return from a handler and
 * end: a worker enters it beside others that wait, and serves them. */
#include "t_seccomp.h"

enum {
	ROUNDS = 20,
	OTHERS = 4
};

static int ask[2], answer[2], told[2], others[2];
static int up, signals;
static sem_t sem;

static void strict(void)
{
	DO(prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT, 0, 0, 0));
}

static void strict_by_number(void)
{
	DO(syscall(SYS_seccomp, SECCOMP_SET_MODE_STRICT, 0, NULL));
}

static void (*enter)(void);

/* It is in strict mode, too. */
static void on(int sig)
{
	(void)sig;
	signals++;
	t_put(told[1], "t", 1);
}

static void *serves(void *arg)
{
	char b;

	t_inc(&up);
	t_take(ask[0], &b, 1);
	enter();
	for (int i = 0; i <= ROUNDS; i++) {
		b++;
		t_put(answer[1], &b, 1);
		t_take(ask[0], &b, 1);
	}
	for (int i = 0; i < OTHERS; i++)
		t_put(others[1], "o", 1);
	/* not as libc ends a thread: that makes other calls */
	syscall(SYS_exit, 0);
	return arg;
}

static void *waits(void *arg)
{
	char b;

	t_inc(&up);
	t_take(others[0], &b, 1);
	sem_post(&sem);
	return arg;
}

static long asks(void)
{
	long sum = 0;
	char b = 0;

	for (int i = 0; i <= ROUNDS; i++) {
		t_put(ask[1], &b, 1);
		t_take(answer[0], &b, 1);
		sum += b;
		t_settle();
	}
	return sum;
}

static void body(void)
{
	pthread_t th[OTHERS], worker = t_go(serves, NULL);
	char b;

	for (int i = 0; i < OTHERS; i++)
		th[i] = t_go(waits, NULL);
	t_await(t_get(&up) == OTHERS + 1);
	t_settle();
	printf("sum: %ld\n", asks());
	for (int i = 0; i < ROUNDS; i++) {
		PDO(pthread_kill(worker, SIGUSR1));
		t_take(told[0], &b, 1);
	}
	t_put(ask[1], "", 1);
	for (int i = 0; i < OTHERS; i++)
		DO(sem_wait(&sem));
	t_join(worker);
	for (int i = 0; i < OTHERS; i++)
		t_join(th[i]);
	printf("signals: %d\n", signals);
}

int main(void)
{
	t_pair(SOCK_STREAM, ask);
	t_pair(SOCK_STREAM, others);
	DO(pipe(answer));
	DO(pipe(told));
	DO(sem_init(&sem, 0, 0));
	t_handle(SIGUSR1, on, SA_RESTART);
	printf("by prctl()\n");
	enter = strict;
	s_child(body);
	printf("by number\n");
	enter = strict_by_number;
	s_child(body);
	return t_end();
}
