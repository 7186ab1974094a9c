/* A program has functions of its own with the names of libc's.  libc's other
 * functions do not call them; and one that is in front of libc's, and goes on
 * to it, is called once a call (as Erlang's emulator has sigaction()). */
#include "t.h"

#include <dlfcn.h>
#include <threads.h>

static int called;

static int next(const char *name, int sig, const struct sigaction *sa,
		struct sigaction *old)
{
	int (*fn)(int, const struct sigaction *, struct sigaction *);

	*(void **)&fn = dlsym(RTLD_NEXT, name);
	if (t_inc(&called) > 1)
		t_die("called by its own");
	return fn(sig, sa, old);
}

int sigaction(int sig, const struct sigaction *sa, struct sigaction *old)
{
	return next("sigaction", sig, sa, old);
}

extern int __sigaction(int sig, const struct sigaction *sa,
		       struct sigaction *old);

int __sigaction(int sig, const struct sigaction *sa, struct sigaction *old)
{
	return next("__sigaction", sig, sa, old);
}

pid_t gettid(void)
{
	t_inc(&called);
	return 1;
}

int clock_nanosleep(clockid_t clock, int flags, const struct timespec *ts,
		    struct timespec *left)
{
	(void)clock, (void)flags, (void)ts, (void)left;
	t_inc(&called);
	return EINVAL;
}

int pthread_cond_broadcast(pthread_cond_t *c)
{
	(void)c;
	t_inc(&called);
	return EINVAL;
}

static void nothing(int sig)
{
	(void)sig;
}

/* How often one of the above has been called since this was asked last. */
static int calls(void)
{
	return __atomic_exchange_n(&called, 0, __ATOMIC_SEQ_CST);
}

static void body(void)
{
	struct sigaction sa = { .sa_handler = nothing };
	pthread_mutexattr_t attr;
	pthread_mutex_t m;
	cnd_t c;

	calls();
	SHOW(sigaction(SIGUSR1, &sa, NULL));
	SHOW(calls());
	SHOW(__sigaction(SIGUSR1, &sa, NULL));
	SHOW(calls());
	CHECK(signal(SIGUSR1, SIG_IGN) == nothing);
	SHOW(usleep(1));

	PDO(pthread_mutexattr_init(&attr));
	PDO(pthread_mutexattr_settype(&attr, PTHREAD_MUTEX_RECURSIVE));
	PDO(pthread_mutex_init(&m, &attr));
	PSHOW(pthread_mutex_lock(&m));
	PSHOW(pthread_mutex_lock(&m));
	PSHOW(pthread_mutex_unlock(&m));
	PSHOW(pthread_mutex_unlock(&m));
	PDO(pthread_mutex_destroy(&m));

	DO(cnd_init(&c));
	SHOW(cnd_broadcast(&c));
	cnd_destroy(&c);
	SHOW(calls());
}

int main(void)
{
	t_both(body);
	return t_end();
}
