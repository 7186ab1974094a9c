/* getcontext() and its like in threads that have waited: a context has the
 * thread's own signal mask, contexts that take turns wait and get signals, and a
 * handler may leave a blocked call by setcontext(). */
#include "t.h"
#include <ucontext.h>

static int fd[2];
static volatile sig_atomic_t handled;

static ucontext_t mine, other, out;
static char stack[256 * 1024];

static void count(int sig)
{
	(void)sig;
	handled++;
}

static void leave(int sig)
{
	(void)sig;
	setcontext(&out);
}

static const char *name(const sigset_t *set)
{
	static char s[200];
	int n = 0;

	s[0] = 0;
	for (int sig = 1; sig < 32; sig++)
		if (sigismember(set, sig) == 1)
			n += snprintf(s + n, sizeof(s) - (size_t)n, " %s",
				      sigabbrev_np(sig));
	return s;
}

static void show(const char *who)
{
	sigset_t now;

	PDO(pthread_sigmask(SIG_SETMASK, NULL, &now));
	printf("%s:%s\n", who, name(&now));
}

static void coroutine(void)
{
	char c;

	for (int i = 0; i < 3; i++) {
		t_take(fd[0], &c, 1);
		printf("in the other: %c, handled %d\n", c, (int)handled);
		swapcontext(&other, &mine);
		show("other");
	}
}

static void takes_turns(void)
{
	sigset_t set;

	DO(getcontext(&other));
	printf("saved:%s\n", name(&other.uc_sigmask));
	other.uc_stack.ss_sp = stack;
	other.uc_stack.ss_size = sizeof(stack);
	other.uc_link = &mine;
	makecontext(&other, coroutine, 0);
	sigemptyset(&set);
	sigaddset(&set, SIGHUP);
	PDO(pthread_sigmask(SIG_SETMASK, &set, NULL));
	for (int i = 0; i < 4; i++) {
		t_settle();
		t_put(fd[1], "x", 1);
		PDO(pthread_kill(pthread_self(), SIGUSR2));
		DO(swapcontext(&mine, &other));
		show("mine");
		t_settle();
	}
}

static void interrupts(int it)
{
	(void)it;
	t_settle();
	PDO(pthread_kill(*(pthread_t *)out.uc_link, SIGUSR1));
}

static void is_left(void)
{
	static pthread_t self;
	volatile int times = 0;
	pthread_t th;
	char c;

	self = pthread_self();
	t_settle();
	t_take(fd[0], &c, 1);
	DO(getcontext(&out));
	out.uc_link = (ucontext_t *)(void *)&self;
	show("here");
	if (times++ < 3) {
		th = t_after(interrupts, 0);
		PDO(pthread_detach(th));
		read(fd[0], &c, 1);
		printf("not to be seen\n");
	}
	t_put(fd[1], "y", 1);
	t_take(fd[0], &c, 1);
	printf("%c after %d\n", c, times);
}

static void body(void)
{
	sigset_t set;

	handled = 0;
	sigemptyset(&set);
	sigaddset(&set, SIGUSR2);
	PDO(pthread_sigmask(SIG_SETMASK, &set, NULL));
	t_settle();
	takes_turns();
	sigemptyset(&set);
	PDO(pthread_sigmask(SIG_SETMASK, &set, NULL));
	is_left();
}

int main(void)
{
	struct sigaction sa = { .sa_handler = count };

	DO(pipe(fd));
	DO(sigaction(SIGUSR2, &sa, NULL));
	sa.sa_handler = leave;
	DO(sigaction(SIGUSR1, &sa, NULL));
	t_both(body);
	return t_end();
}
