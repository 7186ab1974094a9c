/* What the child of a thread has: thread-local values, errno, mask, held
 * mutexes, the descriptors; and its own pid. */
#include "t.h"

static __thread int local;
static pthread_mutex_t m = PTHREAD_ERRORCHECK_MUTEX_INITIALIZER_NP;

static void body(void)
{
	sigset_t set;
	pid_t pid, me = getpid();
	int fd[2];

	local = 5;
	DO(pipe(fd));
	sigemptyset(&set);
	sigaddset(&set, SIGUSR2);
	PDO(pthread_sigmask(SIG_BLOCK, &set, NULL));
	PDO(pthread_mutex_lock(&m));
	errno = 33;
	pid = fork();
	if (!pid) {
		int ok = errno == 33 && local == 5 && getpid() != me &&
			 getppid() == me && gettid() == getpid();

		PDO(pthread_sigmask(SIG_BLOCK, NULL, &set));
		ok = ok && sigismember(&set, SIGUSR2) == 1;
		ok = ok && pthread_mutex_unlock(&m) == 0;
		ok = ok && pthread_mutex_lock(&m) == 0;
		ok = ok && write(fd[1], "x", 1) == 1;
		_exit(ok ? 11 : 12);
	}
	DO(pid);
	t_reap(pid);
	PSHOW(pthread_mutex_unlock(&m));
	SHOW(t_readable(fd[0]));
	t_close2(fd);
	PDO(pthread_sigmask(SIG_UNBLOCK, &set, NULL));
}

int main(void)
{
	t_both(body);
	return t_end();
}
