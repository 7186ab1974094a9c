/* Threads that have ended take no signal: not one that is for the process and
 * blocked by all that live, however it comes, nor one that was sent to them alone,
 * before or after their end; and the next thread has neither that nor their
 * alternate stack. */
#include "t.h"
#include <sys/signalfd.h>
#include <sys/syscall.h>

static int handled;

static void on_signal(int sig)
{
	(void)sig;
	t_inc(&handled);
}

static void *briefly(void *arg)
{
	t_settle();
	return arg;
}

static void *at_once(void *arg)
{
	return arg;
}

/* Some that have been joined, and one that is for later. */
static pthread_t ended(void)
{
	union sigval v = { 0 };
	pthread_t th[4], left;

	for (int i = 0; i < 4; i++)
		th[i] = t_go(briefly, NULL);
	for (int i = 0; i < 4; i++)
		t_join(th[i]);
	left = t_go(briefly, NULL);
	t_await(pthread_sigqueue(left, 0, v) == ESRCH);
	return left;
}

static sigset_t block(int sig)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, sig);
	PDO(pthread_sigmask(SIG_BLOCK, &set, NULL));
	return set;
}

static void get(int sig)
{
	sigset_t set = block(sig);
	struct timespec ts = { .tv_sec = 10 };
	siginfo_t info;

	printf("%s: %d\n", sigabbrev_np(sig),
	       sigtimedwait(&set, &info, &ts) == sig);
}

static void *get_term(void *arg)
{
	get(SIGTERM);
	return arg;
}

static int is_pending(int sig)
{
	sigset_t set;

	DO(sigpending(&set));
	return sigismember(&set, sig);
}

static void for_process(void)
{
	struct itimerval it = { .it_value = { .tv_usec = 5000 } };
	pthread_t left = ended(), th;
	sigset_t set;
	pid_t pid;
	int fd;

	block(SIGUSR2);
	DO(kill(getpid(), SIGUSR2));
	get(SIGUSR2);
	t_join(left);
	left = ended();
	block(SIGALRM);
	DO(setitimer(ITIMER_REAL, &it, NULL));
	get(SIGALRM);
	t_join(left);
	left = ended();
	set = block(SIGCHLD);
	fd = DO(signalfd(-1, &set, 0));
	fflush(stdout);
	pid = DO(fork());
	if (pid == 0)
		_exit(0);
	printf("signalfd: %d\n",
	       poll(&(struct pollfd){ .fd = fd, .events = POLLIN }, 1, 10000));
	DO(waitpid(pid, NULL, 0));
	t_join(left);
	left = ended();
	block(SIGTERM);
	th = t_go(get_term, NULL);
	t_settle();
	DO(kill(getpid(), SIGTERM));
	t_join(th);
	t_join(left);
	for (int i = 0; i < 100; i++) {
		t_join(t_go(i % 2 ? briefly : at_once, NULL));
		DO(kill(getpid(), SIGUSR2));
		if (!is_pending(SIGUSR2))
			printf("lost\n");
	}
	get(SIGUSR2);
}

static void for_one(void)
{
	union sigval v = { 0 };
	pthread_t left = ended();

	PSHOW(pthread_kill(left, SIGUSR1));
	PSHOW(pthread_kill(left, SIGHUP));
	PSHOW(pthread_kill(left, 200));
	PSHOW(pthread_kill(left, -1));
	PSHOW(pthread_kill(left, 0));
	PSHOW(pthread_kill(left, 32));
	PSHOW(pthread_kill(left, 33));
	t_handle(SIGHUP, on_signal, SA_RESTART);
	PSHOW(pthread_kill(left, SIGHUP));
	PSHOW(pthread_sigqueue(left, SIGHUP, v));
	t_join(left);
	t_settle();
	printf("handled %d\n", handled);
}

static void *leaves_pending(void *arg)
{
	long ok = !is_pending(SIGHUP) && !is_pending(SIGRTMIN);

	(void)arg;
	block(SIGHUP);
	block(SIGRTMIN);
	PDO(pthread_kill(pthread_self(), SIGHUP));
	DO(raise(SIGRTMIN));
	ok = ok && is_pending(SIGHUP) && is_pending(SIGRTMIN);
	t_settle();
	return (void *)ok;
}

static void *leaves_stack(void *arg)
{
	static char mem[65536];
	stack_t st = { .ss_sp = mem, .ss_size = sizeof(mem) }, old;

	DO(sigaltstack(NULL, &old));
	if (arg)
		DO(syscall(SYS_sigaltstack, &st, NULL));
	else
		DO(sigaltstack(&st, NULL));
	t_settle();
	return (void *)(long)(old.ss_flags == SS_DISABLE);
}

int main(void)
{
	long good = 0;

	for_process();
	for_one();
	for (int i = 0; i < 10; i++)
		good += (long)t_join(t_go(leaves_pending, NULL));
	printf("nothing pending %ld\n", good);
	good = 0;
	for (int i = 0; i < 10; i++)
		good += (long)t_join(t_go(leaves_stack,
					  i % 3 ? NULL : (void *)1));
	printf("no stack %ld\n", good);
	return t_end();
}
