/* What sigaction() says of the action in force: what was asked for, and what
 * the kernel and libc add to it. */
#include "t.h"

static int hits;

static void on_signal(int sig)
{
	(void)sig;
	hits++;
}

static void on_info(int sig, siginfo_t *info, void *uc)
{
	(void)uc;
	hits += info->si_signo == sig;
}

static void show(const char *what, const struct sigaction *sa)
{
	printf("%s: flags %x, restorer %d,%s%s%s%s", what,
	       (unsigned)sa->sa_flags, !!sa->sa_restorer,
	       sa->sa_handler == SIG_DFL ? " default" : "",
	       sa->sa_handler == SIG_IGN ? " ignored" : "",
	       sa->sa_handler == on_signal ? " handler" : "",
	       sa->sa_sigaction == on_info ? " with info" : "");
	for (int sig = 1; sig < 32; sig++)
		if (sigismember(&sa->sa_mask, sig))
			printf(" %d", sig);
	printf("\n");
}

/* Install it, look, raise, look, and see it again as the old one. */
static void one(const char *what, int flags, void (*fn)(int))
{
	struct sigaction sa = { .sa_flags = flags }, now, gone = { 0 };

	sa.sa_handler = fn;
	sigaddset(&sa.sa_mask, SIGHUP);
	sigaddset(&sa.sa_mask, SIGKILL);
	sigaddset(&sa.sa_mask, SIGSTOP);
	hits = 0;
	DO(sigaction(SIGURG, &sa, NULL));
	DO(sigaction(SIGURG, NULL, &now));
	show(what, &now);
	raise(SIGURG);
	printf("handled %d\n", hits);
	DO(sigaction(SIGURG, NULL, &now));
	show("then", &now);
	gone.sa_handler = SIG_DFL;
	DO(sigaction(SIGURG, &gone, &now));
	show("replaced", &now);
}

static void body(void)
{
	void (*info)(int) = (void (*)(int))(void *)on_info;

	one("plain", 0, on_signal);
	one("restart", SA_RESTART | SA_NODEFER, on_signal);
	one("info", SA_SIGINFO | SA_ONSTACK, info);
	one("once", (int)SA_RESETHAND, on_signal);
	one("once, info", (int)SA_RESETHAND | SA_SIGINFO, info);
	one("unknown", 0x400 | 0x100000, on_signal);
	one("ignored", 0, SIG_IGN);
	one("ignored, info", SA_SIGINFO, SIG_IGN);
	one("default, info", SA_SIGINFO, SIG_DFL);
}

int main(void)
{
	body();
	t_both(body);
	return t_end();
}
