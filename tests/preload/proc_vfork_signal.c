/* Signals that the child of vfork() sends: what the handler does in the parent,
 * which has had no threads, counts as anywhere else, and later there are
 * threads. */
#include "t.h"
#include <setjmp.h>

static int hits, other, away, again, jump, childs;
static volatile char *frame;
static sigjmp_buf out;

static void on(int sig)
{
	struct sigaction was;
	volatile char here[20000];

	/* as much as a thread's stack has, and a smaller one has not */
	memset((void *)here, 1, sizeof(here));
	if (here > frame || here < frame - 1000000)
		t_inc(&away);
	DO(sigaction(sig, NULL, &was));
	if (was.sa_handler != on && !childs)
		t_inc(&other);
	if (again)
		signal(sig, on);
	t_inc(&hits);
	if (jump)
		siglongjmp(out, 1);
}

static void *pokes(void *arg)
{
	int before = t_get(&hits);
	sigset_t set;

	/* the main thread is to have them all */
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	PDO(pthread_sigmask(SIG_BLOCK, &set, NULL));
	t_await((kill(getpid(), SIGUSR1), t_get(&hits) > before + 3));
	t_put(*(int *)arg, "x", 1);
	return NULL;
}

/* There is a thread, and the main thread waits when the signal comes. */
static void later(void)
{
	char here, b;
	int fd[2];
	pthread_t th;

	frame = &here;
	jump = 0;
	DO(pipe(fd));
	th = t_go(pokes, &fd[1]);
	while (read(fd[0], &b, 1) < 0)
		t_check("interrupted", errno == EINTR);
	t_join(th);
}

static void parent(void)
{
	char here;
	pid_t me = getpid(), pid;
	volatile int jumped;

	frame = &here;
	jumped = sigsetjmp(out, 1);
	if (!jumped) {
		pid = vfork();
		if (!pid) {
			for (int i = 0; i < 3; i++)
				kill(me, SIGUSR1);
			_exit(0);
		}
		DO(pid);
	}
	printf("jumped %d\n", jumped);
	t_await(waitpid(-1, NULL, 0) > 0 || errno == ECHILD);
	CHECK(t_get(&hits) > 0);
}

static void child(void)
{
	sigset_t set;
	struct sigaction was;
	pid_t pid = vfork();

	if (!pid) {
		/* the mask is the child's, as it runs and when it is over */
		sigemptyset(&set);
		sigaddset(&set, SIGUSR2);
		sigprocmask(SIG_BLOCK, &set, NULL);
		childs = 1;
		kill(getpid(), SIGUSR1);
		_exit(0);
	}
	t_reap(DO(pid));
	childs = 0;
	printf("handlers %d\n", t_get(&hits));
	DO(sigprocmask(SIG_BLOCK, NULL, &set));
	CHECK(!sigismember(&set, SIGUSR2));
	DO(sigaction(SIGUSR1, NULL, &was));
	CHECK(was.sa_handler == on);
}

static void masked(void)
{
	sigset_t set;

	DO(sigprocmask(SIG_BLOCK, NULL, &set));
	CHECK(!sigismember(&set, SIGUSR2));
	CHECK(!sigismember(&set, SIGUSR1));
}

static void run(const char *what, void (*fn)(void), int a, int j)
{
	pid_t pid;
	char here;

	printf("-- %s\n", what);
	fflush(stdout);
	pid = DO(fork());
	if (!pid) {
		alarm(30);
		frame = &here;
		again = a;
		jump = j;
		t_handle(SIGUSR1, on, SA_RESTART);
		fn();
		t_in_thread(masked);
		later();
		CHECK(!other);
		CHECK(!away);
		exit(t_end());
	}
	t_reap(pid);
}

int main(void)
{
	run("a handler", parent, 0, 0);
	run("one that installs itself again", parent, 1, 0);
	run("one that jumps out", parent, 0, 1);
	run("one that does both", parent, 1, 1);
	run("one in the child", child, 0, 0);
	return t_end();
}
