/* A handler on the alternate stack waits, is interrupted there by another on
 * the same stack, and goes on. */
#include "t.h"

static int fd[2], second, in_first;
static pthread_t waiter;
static __thread char *lo, *hi;

static void on2(int sig)
{
	volatile char big[4096];

	(void)sig;
	memset((void *)big, 0xff, sizeof(big));
	printf("second, on the alternate stack: %d\n",
	       (char *)big >= lo && (char *)big < hi);
	t_set(&second, 1);
}

static void on1(int sig)
{
	char pattern[2048], b;
	int same = 1;

	(void)sig;
	for (size_t i = 0; i < sizeof(pattern); i++)
		pattern[i] = (char)t_byte(i);
	t_set(&in_first, 1);
	t_take(fd[0], &b, 1);
	for (size_t i = 0; i < sizeof(pattern); i++)
		same &= pattern[i] == (char)t_byte(i);
	printf("first: %c, as it was: %d, on the alternate stack: %d\n", b, same,
	       pattern >= lo && pattern < hi);
}

static void feed(int unused)
{
	(void)unused;
	t_await(t_get(&in_first));
	t_settle();
	PDO(pthread_kill(waiter, SIGUSR2));
	t_await(t_get(&second));
	t_put(fd[1], "y", 1);
	t_settle();
	t_put(fd[1], "z", 1);
}

static void body(void)
{
	size_t size = 64 << 10;
	stack_t ss = { .ss_sp = malloc(size), .ss_size = size };
	pthread_t th;
	char b;

	t_set(&in_first, 0);
	t_set(&second, 0);
	waiter = pthread_self();
	lo = ss.ss_sp;
	hi = lo + size;
	DO(sigaltstack(&ss, NULL));
	t_settle();
	th = t_after(feed, 0);
	PDO(pthread_kill(waiter, SIGUSR1));
	t_take(fd[0], &b, 1);
	printf("after: %c\n", b);
	t_join(th);
	ss.ss_flags = SS_DISABLE;
	DO(sigaltstack(&ss, NULL));
	free(lo);
}

int main(void)
{
	DO(pipe(fd));
	t_handle(SIGUSR1, on1, SA_ONSTACK | SA_RESTART);
	t_handle(SIGUSR2, on2, SA_ONSTACK | SA_RESTART);
	t_both(body);
	t_in_thread(body);
	return t_end();
}
