/* What a handler blocks in a process that has never made a thread: sa_mask, those
   too that a thread brings on itself, and nothing else.  (In which order come
   several that were held off is nobody's promise.) */
#include "t.h"

#define N 9

static const int sent[N] = { SIGILL,  SIGSEGV, SIGFPE,	SIGBUS, SIGSYS,
			     SIGABRT, SIGUSR1, SIGUSR2, SIGINT };

static volatile sig_atomic_t hits[NSIG];

static void inner(int sig)
{
	hits[sig]++;
}

static void outer(int sig)
{
	(void)sig;
	for (int i = 0; i < N; i++) {
		hits[sent[i]] = 0;
		raise(sent[i]);
		printf("  %d: %d at once\n", sent[i], (int)hits[sent[i]]);
	}
}

static void handle(int sig, void (*fn)(int), const sigset_t *mask)
{
	struct sigaction sa = { .sa_handler = fn, .sa_mask = *mask };

	DO(sigaction(sig, &sa, NULL));
}

static void round_of(const char *what, const sigset_t *mask)
{
	puts(what);
	handle(SIGTERM, outer, mask);
	raise(SIGTERM);
	for (int i = 0; i < N; i++)
		printf("  %d: %d afterwards\n", sent[i], (int)hits[sent[i]]);
}

int main(void)
{
	sigset_t mask;

	sigemptyset(&mask);
	for (int i = 0; i < N; i++)
		handle(sent[i], inner, &mask);
	round_of("an empty mask", &mask);
	for (int i = 0; i < N; i += 2)
		sigaddset(&mask, sent[i]);
	round_of("a mask", &mask);
	return t_end();
}
