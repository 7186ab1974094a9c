/*
 * What a vfork() child stores the parent sees, where there are no threads; and
 * what it does to its own signals, mask and descriptors is its own.
 */
#include "t.h"
#include <sys/resource.h>

static int handled;

static void on_usr1(int sig)
{
	(void)sig;
	handled++;
}

static void show(const char *when)
{
	struct sigaction sa;
	sigset_t set;

	DO(sigaction(SIGUSR1, NULL, &sa));
	PDO(pthread_sigmask(SIG_BLOCK, NULL, &set));
	raise(SIGUSR1);
	printf("%s: ours %d, blocked %d, handled %d\n", when,
	       sa.sa_handler == on_usr1, sigismember(&set, SIGUSR1), handled);
}

/* exec fails, and the parent reads why. */
static int why_not(const char *path)
{
	volatile int why = 0;
	pid_t pid = DO(vfork());

	if (pid == 0) {
		execl(path, path, NULL);
		why = errno;
		_exit(127);
	}
	t_reap(pid);
	return why;
}

static void own(int fd)
{
	pid_t pid = DO(vfork());
	sigset_t set;

	if (pid == 0) {
		signal(SIGUSR1, SIG_IGN);
		sigfillset(&set);
		sigprocmask(SIG_SETMASK, &set, NULL);
		dup2(fd, 0);
		close(fd);
		_exit(5);
	}
	t_reap(pid);
	SHOW(write(fd, "x", 1));
}

/* No more processes: the parent goes on. */
static void no_more(void)
{
	struct rlimit none = { 0, 0 };

	DO(setrlimit(RLIMIT_NPROC, &none));
	if (geteuid() == 0)
		DO(setresuid(65534, 65534, 65534));
	SHOW(vfork());
}

int main(void)
{
	int p[2];

	DO(pipe(p));
	t_handle(SIGUSR1, on_usr1, SA_RESTART);
	show("first");
	printf("%d\n", why_not("/dev/null") == EACCES);
	printf("%d\n", why_not("/dev/null/none") == ENOTDIR);
	own(p[1]);
	show("after the child's own");
	t_in_thread(t_talk);
	own(p[1]);
	show("beside a thread that there was");
	no_more();
	show("last");
	return t_end();
}
