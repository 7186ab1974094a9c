/* sigsetjmp(env, 1), and the function setjmp(), of a thread that has waited: the
   jump puts back the mask there was then, not the one there is at the jump. */
#include "t.h"

#include <setjmp.h>

static __thread sigjmp_buf env;
static volatile int *volatile nowhere;

static void show(const char *when)
{
	sigset_t now;

	PDO(pthread_sigmask(SIG_BLOCK, NULL, &now));
	printf("%s: USR2 %d TERM %d SEGV %d\n", when,
	       sigismember(&now, SIGUSR2), sigismember(&now, SIGTERM),
	       sigismember(&now, SIGSEGV));
}

static void mask(int how, int sig)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, sig);
	PDO(pthread_sigmask(how, &set, NULL));
}

static void on_segv(int sig)
{
	(void)sig;
	mask(SIG_BLOCK, SIGTERM);
	siglongjmp(env, 1);
}

static void faults(void)
{
	for (volatile int i = 0; i < 3; i++) {
		usleep(300);
		if (!sigsetjmp(env, 1))
			*nowhere = 1;
		show("fault");
	}
}

static void jumps(void)
{
	volatile int r;

	usleep(300);
	r = sigsetjmp(env, 1);
	show("sigsetjmp");
	if (!r) {
		mask(SIG_BLOCK, SIGUSR2);
		usleep(300);
		siglongjmp(env, 1);
	}
	mask(SIG_BLOCK, SIGUSR2);
	usleep(300);
	r = (setjmp)(env);
	show("setjmp");
	if (!r) {
		mask(SIG_UNBLOCK, SIGUSR2);
		usleep(300);
		longjmp(env, 1);
	}
	mask(SIG_UNBLOCK, SIGUSR2);
	usleep(300);
	r = sigsetjmp(env, 0);
	show("without");
	if (!r) {
		mask(SIG_BLOCK, SIGUSR2);
		usleep(300);
		siglongjmp(env, 1);
	}
	mask(SIG_UNBLOCK, SIGUSR2);
}

static void body(void)
{
	jumps();
	faults();
}

int main(void)
{
	t_handle(SIGSEGV, on_segv, 0);
	t_both(body);
	return t_end();
}
