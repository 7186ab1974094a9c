/* The last thread ends by exit(), by number: its status is the process's. */
#include "t.h"
#include <sys/syscall.h>
#include <sys/wait.h>

/* Has the main thread ended?  It stays as a zombie until all have. */
static int main_gone(void)
{
	char path[64], line[256] = "", *name;
	int fd;

	snprintf(path, sizeof(path), "/proc/self/task/%d/stat", getpid());
	fd = open(path, O_RDONLY);
	DO(fd);
	DO(read(fd, line, sizeof(line) - 1));
	DO(close(fd));
	name = strrchr(line, ')');
	return name && name[2] == 'Z';
}

static void *nothing(void *arg)
{
	return arg;
}

static void *ends(void *arg)
{
	t_await(main_gone());
	if (arg)
		syscall(SYS_exit, 7);
	return NULL;
}

static void child(int kind)
{
	t_join(t_go(nothing, NULL));
	if (kind)
		pthread_detach(t_go(ends, kind == 2 ? &kind : NULL));
	syscall(SYS_exit, 3);
}

int main(void)
{
	for (int kind = 0; kind < 3; kind++) {
		int status = 0;
		pid_t pid = fork();

		DO(pid);
		if (pid == 0)
			child(kind);
		DO(waitpid(pid, &status, 0));
		printf("%d: %d\n", kind, WIFEXITED(status) ? WEXITSTATUS(status) : -1);
	}
	return t_end();
}
