/* A handler on the alternate stack waits in a call, and another on that stack
 * leaves both: by a jump, or with its thread.  The file is closed where it is,
 * a handler finds the stack free, and its thread waits as before. */
#include "t.h"
#include <setjmp.h>

static int outer[2], inner[2], in, ran, exits, clocked;
static char alt[64 << 10];
static __thread sigjmp_buf env;

static void on_leave(int sig)
{
	(void)sig;
	if (exits)
		pthread_exit(NULL);
	siglongjmp(env, 1);
}

static int on_alt(const char *p)
{
	return p >= alt && p < alt + sizeof(alt);
}

static void on(int sig)
{
	char here, b;

	(void)sig;
	if (!on_alt(&here))
		t_set(&ran, -100);
	t_inc(&ran);
	t_set(&in, 1);
	(void)!read(inner[0], &b, 1);
	printf("came back\n");
}

static void on_simple(int sig)
{
	char big[8192];

	(void)sig;
	memset(big, 1, sizeof(big));
	/* so that it is there at all */
	__asm__ volatile("" : : "r"(big) : "memory");
	if (!on_alt(big))
		t_set(&ran, -100);
	t_inc(&ran);
}

static void *waiter(void *arg)
{
	stack_t ss = { .ss_sp = alt, .ss_size = sizeof(alt) };
	char b;

	DO(sigaltstack(&ss, NULL));
	if (!sigsetjmp(env, 1)) {
		t_set(&in, -1);
		(void)!read(outer[0], &b, 1);
		printf("the outer came back\n");
	}
	t_set(&in, 2);
	t_take(*(int *)arg, &b, 1);
	printf("after it: %c\n", b);
	ss.ss_flags = SS_DISABLE;
	DO(sigaltstack(&ss, NULL));
	return NULL;
}

static int gone(int fd)
{
	char b;

	return recv(fd, &b, 1, MSG_DONTWAIT) == 0;
}

static void one(void)
{
	pthread_t th;
	int then[2];

	t_pair(SOCK_STREAM, outer);
	t_pair(SOCK_STREAM, inner);
	t_pair(SOCK_STREAM, then);
	t_set(&in, 0);
	t_set(&ran, 0);
	th = t_go(waiter, &then[0]);
	t_await(t_get(&in) == -1);
	t_settle();
	if (clocked)
		t_ask_clock(th);
	PDO(pthread_kill(th, SIGUSR1));
	t_await(t_get(&in) == 1);
	t_settle();
	PDO(pthread_kill(th, SIGUSR2));
	if (!exits) {
		t_await(t_get(&in) == 2);
		t_settle();
		PDO(pthread_kill(th, SIGTERM));
		t_await(t_get(&ran) == 2);
		t_put(then[1], "x", 1);
	}
	t_join(th);
	SHOW(t_get(&ran));
	CHECK(!gone(outer[1]) && !gone(inner[1]));
	DO(close(outer[0]));
	DO(close(inner[0]));
	t_await(gone(outer[1]) && gone(inner[1]));
	DO(close(outer[1]));
	DO(close(inner[1]));
	t_close2(then);
}

int main(void)
{
	t_handle(SIGUSR1, on, SA_RESTART | SA_ONSTACK);
	t_handle(SIGUSR2, on_leave, SA_RESTART | SA_ONSTACK);
	t_handle(SIGTERM, on_simple, SA_RESTART | SA_ONSTACK);
	t_background();
	for (int i = 0; i < 4; i++) {
		exits = i % 2;
		printf("-- %s\n", exits ? "ends" : "jumps");
		for (clocked = 0; clocked < 2; clocked++)
			one();
	}
	return t_end();
}
