/* tgkill(), by libc and by number, to a thread that waits and to oneself. */
#include "t.h"
#include <sys/syscall.h>

static int fd[2], hits, tid, there;
static __thread int me;

static void on(int sig, siginfo_t *info, void *uc)
{
	(void)sig;
	(void)uc;
	printf("code TKILL: %d, there: %d\n", info->si_code == SI_TKILL, me);
	t_inc(&hits);
}

static void *worker(void *arg)
{
	char b;

	(void)arg;
	me = 1;
	t_set(&tid, gettid());
	SHOW(read(fd[0], &b, 1));
	t_set(&there, 1);
	SHOW(tgkill(getpid(), gettid(), SIGUSR1));
	printf("%d hits\n", hits);
	SHOW(syscall(SYS_tgkill, getpid(), gettid(), SIGUSR1));
	printf("%d hits\n", hits);
	return NULL;
}

int main(void)
{
	struct sigaction sa = { .sa_flags = SA_SIGINFO | SA_RESTART };
	pthread_t th;

	sa.sa_sigaction = on;
	DO(sigaction(SIGUSR1, &sa, NULL));
	DO(pipe(fd));
	th = t_go(worker, NULL);
	t_await(t_get(&tid));
	t_settle();
	DO(tgkill(getpid(), tid, SIGUSR1));
	t_await(t_get(&hits) == 1);
	DO(syscall(SYS_tgkill, getpid(), tid, SIGUSR1));
	t_await(t_get(&hits) == 2);
	t_put(fd[1], "x", 1);
	t_join(th);
	return t_end();
}
