/* vfork() before main() and before any library's constructors. */
#include "t.h"

static int early = -1, stored;

static void before_all(void)
{
	pid_t pid = vfork();
	int st;

	if (!pid) {
		stored = 5;
		_exit(3);
	}
	if (pid > 0 && waitpid(pid, &st, 0) == pid && WIFEXITED(st))
		early = WEXITSTATUS(st);
}

__attribute__((section(".preinit_array"),
	       used)) static void (*first)(void) = before_all;

int main(void)
{
	printf("child exited %d, stored %d\n", early, stored);
	t_talk();
	return t_end();
}
