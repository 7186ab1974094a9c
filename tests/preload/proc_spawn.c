/* posix_spawn() with file actions: the child's output comes through a pipe. */
#include "t.h"
#include <spawn.h>

extern char **environ;

static void body(void)
{
	char *argv[] = { (char *)"sh", (char *)"-c",
			 (char *)"echo spawned; exit 6", NULL };
	/* This one has our output, so it must not write any. */
	char *quiet[] = { (char *)"sh", (char *)"-c", (char *)"exit 7", NULL };
	posix_spawn_file_actions_t fa;
	char b[64] = "";
	int p[2], n = 0;
	ssize_t r;
	pid_t pid;

	DO(pipe2(p, O_CLOEXEC));
	PDO(posix_spawn_file_actions_init(&fa));
	PDO(posix_spawn_file_actions_adddup2(&fa, p[1], 1));
	PSHOW(posix_spawn(&pid, "/bin/sh", &fa, NULL, argv, environ));
	DO(close(p[1]));
	while ((r = read(p[0], b + n, sizeof(b) - 1 - (size_t)n)) > 0)
		n += (int)r;
	printf("%s", b);
	DO(close(p[0]));
	t_reap(pid);
	PSHOW(posix_spawn(&pid, "/nonexistent", NULL, NULL, argv, environ));
	PSHOW(posix_spawnp(&pid, "sh", NULL, NULL, quiet, environ));
	t_reap(pid);
	posix_spawn_file_actions_destroy(&fa);
}

int main(void)
{
	t_both(body);
	return t_end();
}
