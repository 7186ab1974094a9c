/* poll(), select() and sigsuspend() with bad pointers. */
#include "t.h"

static void body(void)
{
	struct pollfd *bad = mmap(NULL, 4096, PROT_NONE,
				  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct rlimit rl;

	SHOW(poll(bad, 1, 0));
	SHOW(poll(bad, 1, -1));
	DO(getrlimit(RLIMIT_NOFILE, &rl));
	/* More than there can be descriptors. */
	SHOW(poll(bad, (nfds_t)rl.rlim_cur + 1, 0));
	SHOW(poll(bad, 0, 0));
	SHOW(ppoll(bad, 1, NULL, NULL));
	SHOW(ppoll(NULL, 0, NULL, (sigset_t *)bad));
	SHOW(pselect(0, NULL, NULL, NULL, NULL, (sigset_t *)bad));
	SHOW(sigsuspend((sigset_t *)bad));
	SHOW(select(1, (fd_set *)bad, NULL, NULL, NULL));
	SHOW(pselect(1, NULL, (fd_set *)bad, NULL, NULL, NULL));
	/* The set is written back even when nothing is ready. */
	bad = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	SHOW(poll(bad, 1, 0));
	DO(munmap(bad, 4096));
}

int main(void)
{
	t_both(body);
	return t_end();
}
