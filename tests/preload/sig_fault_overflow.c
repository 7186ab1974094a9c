/* A thread's stack overflows after it has waited: the handler on the alternate
 * stack gets it out. */
#include "t.h"
#include <setjmp.h>

static int fd[2], sink;
static __thread sigjmp_buf env;

static void on(int sig)
{
	(void)sig;
	siglongjmp(env, 1);
}

static int __attribute__((noinline)) deep(int n)
{
	volatile char a[512];

	a[n % 512] = (char)n;
	t_set(&sink, a[n % 512]);
	return n < 0 ? 0 : deep(n + 1) + a[n % 512];
}

static void *worker(void *arg)
{
	size_t size = 64 << 10;
	stack_t ss = { .ss_sp = malloc(size), .ss_size = size };
	char b;

	(void)arg;
	DO(sigaltstack(&ss, NULL));
	for (volatile int i = 0; i < 3; i++) {
		t_settle();
		if (sigsetjmp(env, 1) == 0)
			printf("%d\n", deep(1));
		printf("out of it\n");
		t_put(fd[1], "x", 1);
		t_take(fd[0], &b, 1);
	}
	ss.ss_flags = SS_DISABLE;
	DO(sigaltstack(&ss, NULL));
	free(ss.ss_sp);
	return NULL;
}

int main(void)
{
	pthread_attr_t attr;
	pthread_t th;

	DO(pipe(fd));
	t_handle(SIGSEGV, on, SA_ONSTACK);
	PDO(pthread_attr_init(&attr));
	PDO(pthread_attr_setstacksize(&attr, 256 << 10));
	for (int i = 0; i < 2; i++) {
		PDO(pthread_create(&th, &attr, worker, NULL));
		t_join(th);
	}
	return t_end();
}
