/* forkpty() in a thread that has waited: the child's terminal, and a talk. */
#include "t.h"
#include <pty.h>
#include <termios.h>

static int fd[2];

static void body(void)
{
	struct termios raw;
	char b[16] = "";
	int master;
	pid_t pid;

	t_put(fd[1], "x", 1);
	t_take(fd[0], b, 1);
	t_settle();
	memset(&raw, 0, sizeof(raw));
	cfmakeraw(&raw);
	pid = DO(forkpty(&master, NULL, &raw, NULL));
	if (!pid) {
		int tty = isatty(0) && isatty(1);
		ssize_t n = read(0, b, sizeof(b));

		_exit(tty && n == 2 && write(1, "yes", 3) == 3 ? 5 : 6);
	}
	SHOW(write(master, "go", 2));
	memset(b, 0, sizeof(b));
	SHOW(read(master, b, sizeof(b)));
	printf("%s\n", b);
	t_reap(pid);
	DO(close(master));
}

int main(void)
{
	DO(pipe(fd));
	printf("in main\n");
	body();
	printf("in a thread\n");
	t_in_thread(body);
	return t_end();
}
