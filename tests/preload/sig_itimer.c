/* setitimer(): a signal to main, which waits; with main blocking it, to the
 * worker, which computes. */
#include "t.h"

static int fd[2], hits, where;
static __thread int me;

static void on(int sig)
{
	(void)sig;
	t_set(&where, me);
	t_inc(&hits);
}

static void set(int which, long us, long again)
{
	struct itimerval it = { { 0, again }, { 0, us } };

	DO(setitimer(which, &it, NULL));
}

static void *computes(void *arg)
{
	sigset_t set_;
	char b;

	(void)arg;
	me = 2;
	sigemptyset(&set_);
	sigaddset(&set_, SIGALRM);
	sigaddset(&set_, SIGVTALRM);
	PDO(pthread_sigmask(SIG_UNBLOCK, &set_, NULL));
	t_take(fd[0], &b, 1);
	set(ITIMER_REAL, 5000, 0);
	while (!t_get(&hits))
		;
	printf("REAL: in %d\n", where);
	t_take(fd[0], &b, 1);
	t_set(&hits, 0);
	set(ITIMER_VIRTUAL, 5000, 0);
	while (!t_get(&hits))
		;
	printf("VIRTUAL: in %d\n", where);
	return NULL;
}

int main(void)
{
	sigset_t set_;
	pthread_t th;
	char b;

	me = 1;
	alarm(0);	/* the watchdog's */
	t_handle(SIGALRM, on, 0);
	t_handle(SIGVTALRM, on, 0);
	DO(pipe(fd));
	sigemptyset(&set_);
	sigaddset(&set_, SIGALRM);
	sigaddset(&set_, SIGVTALRM);
	PDO(pthread_sigmask(SIG_BLOCK, &set_, NULL));
	t_background();
	PDO(pthread_sigmask(SIG_UNBLOCK, &set_, NULL));
	for (int i = 0; i < 3; i++) {
		t_set(&hits, 0);
		/* again and again: it may come before the wait */
		set(ITIMER_REAL, 5000, 5000);
		while (read(fd[0], &b, 1) >= 0 || errno != EINTR)
			;
		set(ITIMER_REAL, 0, 0);
		printf("main: %d, in %d\n", hits > 0, where);
	}
	PDO(pthread_sigmask(SIG_BLOCK, &set_, NULL));
	t_set(&hits, 0);
	th = t_go(computes, NULL);
	t_put(fd[1], "xx", 2);
	t_join(th);
	return t_end();
}
