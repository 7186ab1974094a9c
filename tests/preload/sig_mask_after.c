/* A signal, of another process's or a timer's, comes when a handler that has waited is
 * about to return: the mask after it is that of before. */
#include "t.h"
#include <sys/syscall.h>

#define N 1000

static int second, tail, target;
static sem_t next;

static void first(int sig)
{
	int e = errno;

	(void)sig;
	usleep(100);
	t_inc(&tail);
	errno = e;
}

static void other(int sig)
{
	(void)sig;
	t_inc(&second);
}

/* Not by libc's function: nobody but the kernel is to know. */
static void sends(int sig)
{
	long r = SYS_tgkill;

	__asm__ volatile("syscall"
			 : "+a"(r)
			 : "D"((long)getpid()), "S"((long)target), "d"((long)sig)
			 : "rcx", "r11", "memory");
}

static void *takes(void *arg)
{
	long blocked = 0;

	t_set(&target, (int)syscall(SYS_gettid));
	for (int i = 0; i < N; i++) {
		sigset_t m;

		while (sem_wait(&next))
			;
		while (t_get(&second) <= i)
			usleep(50);
		PDO(pthread_sigmask(SIG_SETMASK, NULL, &m));
		if (sigismember(&m, SIGUSR1) || sigismember(&m, SIGUSR2))
			blocked++;
		sigemptyset(&m);
		PDO(pthread_sigmask(SIG_SETMASK, &m, NULL));
	}
	(void)arg;
	return (void *)blocked;
}

int main(void)
{
	struct sigaction sa = { .sa_handler = first, .sa_flags = SA_RESTART };
	pthread_t th;

	DO(sigaction(SIGUSR1, &sa, NULL));
	sa.sa_handler = other;
	DO(sigaction(SIGUSR2, &sa, NULL));
	DO(sem_init(&next, 0, 0));
	th = t_go(takes, NULL);
	t_await(t_get(&target));
	for (int i = 0; i < N; i++) {
		double end = t_now() + 10;

		sends(SIGUSR1);
		while (t_get(&tail) <= i && t_now() < end)
			;
		end = t_now() + i % 20 * 0.000001;
		while (t_now() < end)
			;
		sends(SIGUSR2);
		DO(sem_post(&next));
		usleep(50);
	}
	printf("blocked %d times\n", (int)(intptr_t)t_join(th));
	return t_end();
}
