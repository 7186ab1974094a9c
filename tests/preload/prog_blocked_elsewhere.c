/* Threads in calls the shim may not know (flock, waitpid, open of a FIFO,
 * fcntl locks) beside threads that talk: the talk goes on, then they come
 * back. */
#include "t.h"
#include <sys/file.h>

static char dir[] = "/tmp/ring-shim-XXXXXX";
static char lock_path[64], fifo_path[64];
static int s[2], child_pipe[2], done;

static void *flocker(void *arg)
{
	int fd = DO(open(lock_path, O_RDWR));

	(void)arg;
	DO(flock(fd, LOCK_EX));
	DO(close(fd));
	t_inc(&done);
	return NULL;
}

static void *opener(void *arg)
{
	(void)arg;
	DO(close(DO(open(fifo_path, O_WRONLY))));
	t_inc(&done);
	return NULL;
}

static void *waiter(void *arg)
{
	int st;

	DO(waitpid((pid_t)(intptr_t)arg, &st, 0));
	t_inc(&done);
	return (void *)(intptr_t)WEXITSTATUS(st);
}

int main(void)
{
	pthread_t th[4];
	int lock;
	char b[4];
	pid_t pid;

	if (!mkdtemp(dir))
		t_die("mkdtemp");
	snprintf(lock_path, sizeof(lock_path), "%s/lock", dir);
	snprintf(fifo_path, sizeof(fifo_path), "%s/fifo", dir);
	lock = DO(open(lock_path, O_RDWR | O_CREAT, 0600));
	DO(flock(lock, LOCK_EX));
	DO(mkfifo(fifo_path, 0600));
	DO(pipe(child_pipe));
	t_pair(SOCK_STREAM, s);
	pid = DO(fork());
	if (!pid) {
		DO(close(child_pipe[1]));
		_exit(read(child_pipe[0], b, 1) == 1 ? 12 : 13);
	}
	th[0] = t_go(flocker, NULL);
	th[1] = t_go(opener, NULL);
	th[2] = t_go(waiter, (void *)(intptr_t)pid);
	th[3] = t_go(t_echo, &s[1]);
	for (int i = 0; i < 200; i++) {
		t_put(s[0], "ping", 4);
		t_take(s[0], b, 4);
	}
	printf("%.4s, %d done\n", b, t_get(&done));
	DO(flock(lock, LOCK_UN));
	DO(close(DO(open(fifo_path, O_RDONLY))));
	t_put(child_pipe[1], "x", 1);
	DO(shutdown(s[0], SHUT_WR));
	for (int i = 0; i < 4; i++)
		printf("%ld\n", (long)t_join(th[i]));
	DO(unlink(lock_path));
	DO(unlink(fifo_path));
	DO(rmdir(dir));
	return t_end();
}
