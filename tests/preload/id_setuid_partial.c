/* set*id() that the kernel grants to some threads and refuses to others, which
 * have ids of their own: libc aborts, and SIGABRT's handler runs. */
#include "t.h"
#include <sys/syscall.h>

static int up;
static sem_t never;

static void on(int sig)
{
	(void)sig;
	_exit(7);
}

/* Its kernel thread alone, as by number, is no longer root. */
static void *other(void *arg)
{
	(void)arg;
	DO(syscall(SYS_setresuid, 2001, 2002, 2003));
	t_inc(&up);
	sem_wait(&never);
	return NULL;
}

static void child(void)
{
	DO(sem_init(&never, 0, 0));
	t_go(other, NULL);
	t_await(t_get(&up));
	t_settle();
	signal(SIGABRT, on);
	setresuid(1001, 1002, 1003);
	_exit(getuid() ? 8 : 9);
}

int main(void)
{
	if (getuid()) {
		printf("only root can be of two minds\n");
		return t_end();
	}
	for (int i = 0; i < 20; i++) {
		pid_t pid = DO(fork());

		if (pid == 0)
			child();
		t_reap(pid);
	}
	return t_end();
}
