/* The mask that a new thread has of its creator's, where a handler has to do with
 * that. */
#include "t.h"
#include <setjmp.h>
#include <ucontext.h>

enum { NOTHING, CHANGES, MAKES, JUMPS, BLOCKS, MODES };

static const char *const names[] = { "nothing", "changes what is restored",
				     "makes a thread", "is left", "blocks" };
static int mode;
static jmp_buf out;

static void show(const char *who)
{
	sigset_t set;

	PDO(pthread_sigmask(SIG_BLOCK, NULL, &set));
	printf("%s: %d %d\n", who, sigismember(&set, SIGUSR1),
	       sigismember(&set, SIGUSR2));
}

static void *fresh(void *who)
{
	show(who);
	return NULL;
}

static void make(const char *who)
{
	t_join(t_go(fresh, (void *)(uintptr_t)who));
}

static void on(int sig, siginfo_t *info, void *uc)
{
	sigset_t two;

	(void)sig;
	(void)info;
	sigemptyset(&two);
	sigaddset(&two, SIGUSR2);
	if (mode == CHANGES)
		sigaddset(&((ucontext_t *)uc)->uc_sigmask, SIGUSR2);
	if (mode == MAKES)
		make("in it");
	if (mode == JUMPS)
		_longjmp(out, 1);
	if (mode == BLOCKS)
		PDO(pthread_sigmask(SIG_BLOCK, &two, NULL));
}

static void *works(void *arg)
{
	sigset_t none;

	sigemptyset(&none);
	for (mode = 0; mode < MODES; mode++) {
		printf("-- it %s\n", names[mode]);
		PDO(pthread_sigmask(SIG_SETMASK, &none, NULL));
		make("before");
		if (_setjmp(out) == 0)
			raise(SIGUSR1);
		show("after");
		make("made after");
	}
	return arg;
}

int main(void)
{
	struct sigaction sa = { .sa_sigaction = on, .sa_flags = SA_SIGINFO };

	DO(sigaction(SIGUSR1, &sa, NULL));
	make("first");
	t_join(t_go(works, NULL));
	return t_end();
}
