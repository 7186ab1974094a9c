/* What a process whose threads waited when a seccomp filter came does later:
 * signals to it as a whole, fork(), all ways to end; and filters that come out
 * of a handler, or two of them at once. */
#include "t_seccomp.h"

enum {
	WAITERS = 4,
	ROUNDS = 20
};

static const struct s_rule natively[] = {
	S_THREADS,
	S_STREAMS,
	S_SLEEPS,
	S_SIGNALS,
	{ SYS_kill, 0, 0 },
	{ SYS_wait4, 0, 0 },
	/* to do it again */
	{ SYS_prctl, 0, 0 },
	{ SYS_seccomp, 0, 0 },
};

static int fd[2], of_child[2], told[2];
static sem_t sem;
static int up, wrong;
static pthread_t th[WAITERS], the_one;

static void *ends(void *arg)
{
	return arg;
}

static void *waits(void *arg)
{
	char b;

	t_inc(&up);
	if ((long)arg % 2)
		t_take(fd[0], &b, 1);
	else
		while (sem_wait(&sem) < 0)
			;
	return arg;
}

static void begin(void)
{
	t_set(&up, 0);
	for (long i = 0; i < WAITERS; i++)
		th[i] = t_go(waits, (void *)i);
	t_await(t_get(&up) == WAITERS);
	t_settle();
}

static void finish(const char *what)
{
	long sum = 0;

	for (int i = 0; i < WAITERS / 2; i++) {
		t_put(fd[1], "f", 1);
		sem_post(&sem);
	}
	for (int i = 0; i < WAITERS; i++)
		sum += (long)t_join(th[i]);
	printf("%s: %ld\n", what, sum);
}

static void filter(void)
{
	s_for_all(S_PROGRAM(natively));
}

/* A signal to the process goes to the thread that has it not blocked: not to
   one that is over, and waits to be joined, although it had not, either. */

static void on(int sig)
{
	(void)sig;
	if (!pthread_equal(pthread_self(), the_one))
		t_inc(&wrong);
	t_put(told[1], "t", 1);
}

static void *has_signals(void *arg)
{
	char b;

	t_take(fd[0], &b, 1);
	return arg;
}

static void mask(int how)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	PDO(pthread_sigmask(how, &set, NULL));
}

static void process_signals(void)
{
	pthread_t over[3];
	clockid_t clock;
	char b;

	for (int i = 0; i < 3; i++)
		over[i] = t_go(ends, NULL);
	/* until they are over to the kernel, too: else they might get the signal */
	for (int i = 0; i < 3; i++)
		t_await(pthread_getcpuclockid(over[i], &clock) == ESRCH);
	the_one = t_go(has_signals, NULL);
	mask(SIG_BLOCK);
	begin();
	filter();
	for (int i = 0; i < ROUNDS; i++) {
		DO(kill(getpid(), SIGUSR1));
		t_take(told[0], &b, 1);
		if (i % 4 == 0)
			t_settle();
	}
	for (int i = 0; i < 3; i++)
		t_join(over[i]);
	t_put(fd[1], "f", 1);
	finish("waiters");
	t_join(the_one);
	CHECK(!wrong);
}

/* Children, of main and of a worker, with threads of their own. */

static void child(void)
{
	pid_t pid;

	fflush(stdout);
	pid = DO(fork());
	if (!pid) {
		memcpy(fd, of_child, sizeof(fd));
		begin();
		finish("in the child");
		fflush(stdout);
		_exit(4);
	}
	t_reap(pid);
}

static void forks(void)
{
	t_pair(SOCK_STREAM, of_child);
	begin();
	filter();
	child();
	t_in_thread(child);
	finish("in the parent");
}

/* A handler, and two at once. */

static void on_filter(int sig)
{
	(void)sig;
	filter();
	t_put(told[1], "t", 1);
}

static void in_handler(void)
{
	char b;

	t_handle(SIGUSR2, on_filter, SA_RESTART);
	begin();
	PDO(pthread_kill(th[1], SIGUSR2));
	t_take(told[0], &b, 1);
	finish("set in a handler");
	begin();
	finish("new ones");
}

static struct sock_fprog *program;

static void *sets(void *arg)
{
	t_inc(&up);
	while (t_get(&up) < WAITERS + 2)
		;
	s_for_all(program);
	return arg;
}

static void two_at_once(void)
{
	pthread_t a, b;

	program = S_PROGRAM(natively);
	begin();
	a = t_go(sets, NULL);
	b = t_go(sets, NULL);
	t_join(a);
	t_join(b);
	finish("set by two");
	begin();
	finish("new ones");
}

/* The end. */

static void *ends_so(void *arg)
{
	pthread_exit(arg);
}

static void *exits(void *arg)
{
	printf("a worker exits\n");
	exit(3);
	return arg;
}

static void exit_by_worker(void)
{
	begin();
	filter();
	t_join(t_go(exits, NULL));
}

static void *last(void *arg)
{
	pthread_t first = *(pthread_t *)arg;

	t_join(first);
	finish("without main");
	return NULL;
}

static void without_main(void)
{
	static pthread_t self;

	self = pthread_self();
	/* libc makes ready for the first to end like this */
	t_join(t_go(ends_so, NULL));
	begin();
	filter();
	PDO(pthread_detach(t_go(last, &self)));
	pthread_exit(NULL);
}

static void death(void)
{
	begin();
	filter();
	DO(kill(getpid(), SIGTERM));
	finish("still alive");
}

static const struct {
	const char *name;
	void (*body)(void);
} cases[] = {
	{ "signals", process_signals },
	{ "fork", forks },
	{ "handler", in_handler },
	{ "two at once", two_at_once },
	{ "exit", exit_by_worker },
	{ "main's end", without_main },
	{ "death", death },
};

int main(void)
{
	s_watch();
	t_handle(SIGUSR1, on, SA_RESTART);
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		printf("-- %s\n", cases[i].name);
		t_pair(SOCK_STREAM, fd);
		DO(pipe(told));
		DO(sem_init(&sem, 0, 0));
		s_child(cases[i].body);
	}
	return t_end();
}
