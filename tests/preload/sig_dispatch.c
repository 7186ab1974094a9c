/* Dispatch of system calls: while the selector says so every call becomes a
 * SIGSYS, whose handler is the first to say that calls may be made again. */
#include "t.h"
#include <sys/prctl.h>
#include <sys/syscall.h>

#ifndef PR_SET_SYSCALL_USER_DISPATCH
#define PR_SET_SYSCALL_USER_DISPATCH 59
#endif
#define NONE 0xe000

static __thread volatile char selector;
static __thread volatile int n, nr, code;

static void on(int sig, siginfo_t *si, void *context)
{
	(void)sig;
	(void)context;
	selector = 0;
	n++;
	nr = si->si_syscall;
	code = si->si_code;
}

static void dispatch(void)
{
	if (prctl(PR_SET_SYSCALL_USER_DISPATCH, 1, 0, 0, &selector) < 0) {
		printf("not here\n");
		return;
	}
	n = 0;
	for (int i = 0; i < 3; i++) {
		long r;

		selector = 1;
		r = syscall(NONE);
		selector = 0;
		printf("%#lx: %d, %#x, %d\n", r, n, nr, code);
		t_talk();
	}
	DO(prctl(PR_SET_SYSCALL_USER_DISPATCH, 0, 0, 0, 0));
}

/* Nor is there a thread before that. */
static void dispatch_first(void)
{
	if (prctl(PR_SET_SYSCALL_USER_DISPATCH, 1, 0, 0, &selector) < 0)
		return;
	selector = 1;
	syscall(NONE);
	printf("%d, %#x, %d\n", n, nr, code);
	DO(prctl(PR_SET_SYSCALL_USER_DISPATCH, 0, 0, 0, 0));
}

int main(void)
{
	struct sigaction sa;

	memset(&sa, 0, sizeof(sa));
	sa.sa_sigaction = on;
	sa.sa_flags = SA_SIGINFO;
	DO(sigaction(SIGSYS, &sa, NULL));
	printf("alone\n");
	dispatch_first();
	t_both(dispatch);
	return t_end();
}
