/* system(): statuses, in main and in a thread, with other threads waiting. */
#include "t.h"

static void body(void)
{
	fflush(stdout);
	SHOW(system("exit 0"));
	SHOW(WEXITSTATUS(system("exit 7")));
	SHOW(WTERMSIG(system("kill -TERM $$")));
	SHOW(WEXITSTATUS(system("/nonexistent/command 2>/dev/null")));
	SHOW(system(NULL) != 0);
	fflush(stdout);
	SHOW(system("echo from the shell"));
}

int main(void)
{
	t_both(body);
	return t_end();
}
