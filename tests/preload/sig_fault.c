/* SIGSEGV, SIGFPE and SIGILL of threads that have waited: the handler runs on
 * the alternate stack, knows the address, and leaves by siglongjmp(). */
#include "t.h"
#include <setjmp.h>

static int fd[2];
static __thread sigjmp_buf env;
static __thread char *lo, *hi;
static __thread volatile int seen;
static char *bad;

static void on(int sig, siginfo_t *info, void *uc)
{
	char local;

	(void)uc;
	printf("%s, on the alternate stack: %d", sigabbrev_np(sig),
	       &local >= lo && &local < hi);
	if (sig == SIGSEGV)
		printf(", address: %d", (char *)info->si_addr == bad);
	printf(", of the thread: %d\n", seen);
	siglongjmp(env, sig);
}

static void fault(int sig)
{
	if (sig == SIGSEGV)
		*(volatile char *)bad = 1;
	else if (sig == SIGILL)
		__asm__ volatile("ud2");
	else
		__asm__ volatile("xorl %%ecx, %%ecx\n\t"
				 "movl $1, %%eax\n\t"
				 "cltd\n\t"
				 "idivl %%ecx"
				 : : : "eax", "ecx", "edx");
}

static void body(void)
{
	static const int sigs[] = { SIGSEGV, SIGFPE, SIGILL };
	size_t size = 64 << 10;
	stack_t ss = { .ss_sp = malloc(size), .ss_size = size };
	sigset_t now;
	char b;

	lo = ss.ss_sp;
	hi = lo + size;
	DO(sigaltstack(&ss, NULL));
	for (volatile int i = 0; i < 6; i++) {
		t_put(fd[1], "x", 1);
		t_take(fd[0], &b, 1);
		t_settle();	/* away */
		seen = i;
		if (sigsetjmp(env, 1) == 0)
			fault(sigs[i % 3]);
		PDO(pthread_sigmask(SIG_SETMASK, NULL, &now));
		printf("blocked: %d\n", sigismember(&now, sigs[i % 3]));
	}
	ss.ss_flags = SS_DISABLE;
	DO(sigaltstack(&ss, NULL));
	free(lo);
}

int main(void)
{
	struct sigaction sa = { .sa_flags = SA_ONSTACK | SA_SIGINFO };

	sa.sa_sigaction = on;
	DO(sigaction(SIGSEGV, &sa, NULL));
	DO(sigaction(SIGFPE, &sa, NULL));
	DO(sigaction(SIGILL, &sa, NULL));
	bad = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	DO(pipe(fd));
	t_both(body);
	t_in_thread(body);
	return t_end();
}
