/* A SIGPIPE that a thread has blocked ends with it: the next one has none. */
#include "t.h"

static pthread_mutex_t m;

static void show_pending(void)
{
	sigset_t set;

	DO(sigpending(&set));
	printf("pending %d\n", sigismember(&set, SIGPIPE));
}

static void *breaks(void *arg)
{
	int p[2];

	DO(pipe(p));
	close(p[0]);
	PDO(pthread_mutex_lock(&m));
	PDO(pthread_mutex_unlock(&m));
	SHOW(write(p[1], "x", 1));
	show_pending();
	close(p[1]);
	return arg;
}

static void *splices(void *arg)
{
	int p[2], q[2];

	DO(pipe(p));
	DO(pipe(q));
	close(p[0]);
	t_put(q[1], "x", 1);
	PDO(pthread_mutex_lock(&m));
	PDO(pthread_mutex_unlock(&m));
	SHOW(splice(q[0], NULL, p[1], NULL, 1, 0));
	show_pending();
	close(p[1]);
	t_close2(q);
	return arg;
}

static void *next(void *arg)
{
	show_pending();
	return arg;
}

int main(void)
{
	pthread_mutexattr_t at;
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGPIPE);
	PDO(pthread_sigmask(SIG_BLOCK, &set, NULL));
	PDO(pthread_mutexattr_init(&at));
	PDO(pthread_mutexattr_setprotocol(&at, PTHREAD_PRIO_INHERIT));
	PDO(pthread_mutex_init(&m, &at));
	t_background();
	t_join(t_go(breaks, NULL));
	t_join(t_go(next, NULL));
	t_join(t_go(splices, NULL));
	t_join(t_go(next, NULL));
	return t_end();
}
