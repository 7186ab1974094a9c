/* A handler on the thread's own alternate stack, in the middle of a wait. */
#include "t.h"

static int fd[2], hits;
static pthread_t waiter;
static __thread char *lo, *hi;

static void on(int sig)
{
	char local;

	(void)sig;
	printf("on the alternate stack: %d\n", &local >= lo && &local < hi);
	t_inc(&hits);
}

static void feed(int s)
{
	PDO(pthread_kill(waiter, SIGUSR1));
	t_await(t_get(&hits));
	t_put(s, "x", 1);
}

static void body(void)
{
	size_t size = 64 << 10;
	stack_t ss = { .ss_sp = malloc(size), .ss_size = size }, old;
	char b;
	pthread_t th;

	t_set(&hits, 0);
	waiter = pthread_self();
	lo = ss.ss_sp;
	hi = lo + size;
	SHOW(sigaltstack(&ss, &old));
	printf("before: %s\n", old.ss_flags & SS_DISABLE ? "none" : "some");
	th = t_after(feed, fd[1]);
	SHOW(read(fd[0], &b, 1));
	t_join(th);
	DO(sigaltstack(NULL, &old));
	CHECK(old.ss_sp == ss.ss_sp && old.ss_size == size);
	ss.ss_flags = SS_DISABLE;
	DO(sigaltstack(&ss, NULL));
	free(lo);
}

int main(void)
{
	DO(pipe(fd));
	t_handle(SIGUSR1, on, SA_ONSTACK | SA_RESTART);
	t_both(body);
	t_in_thread(body);
	return t_end();
}
