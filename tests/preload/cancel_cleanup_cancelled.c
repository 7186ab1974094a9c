/* The cleanup handlers of a thread that is cancelled in its wait, or at home in
 * waitpid(), wait themselves. */
#include "t.h"

static int fd[2], back[2], up;

static void clean(void *arg)
{
	char b;

	t_put(back[1], "x", 1);
	t_take(fd[0], &b, 1);
	t_msleep(2);
	printf("%s waited, %c\n", (char *)arg, b);
}

static void *worker(void *arg)
{
	struct sockaddr_in sa;
	int s = t_bound(SOCK_DGRAM, &sa);
	char b;

	pthread_cleanup_push(clean, "outer");
	pthread_cleanup_push(clean, "inner");
	t_set(&up, 1);
	if (arg)
		waitpid(-1, NULL, 0);
	else
		recv(s, &b, 1, 0);
	pthread_cleanup_pop(0);
	pthread_cleanup_pop(0);
	return NULL;
}

static void run(void *arg)
{
	pthread_t th;
	char b;

	t_set(&up, 0);
	th = t_go(worker, arg);
	t_await(t_get(&up));
	t_settle();
	PDO(pthread_cancel(th));
	t_take(back[0], &b, 1);
	t_settle();
	t_put(fd[1], "1", 1);
	t_take(back[0], &b, 1);
	t_settle();
	t_put(fd[1], "2", 1);
	CHECK(t_join(th) == PTHREAD_CANCELED);
}

int main(void)
{
	pid_t pid;

	DO(pipe(fd));
	DO(pipe(back));
	pid = DO(fork());
	if (!pid)
		for (;;)
			pause();
	for (int i = 0; i < 3; i++) {
		run(NULL);
		run("");
	}
	DO(kill(pid, SIGKILL));
	t_reap(pid);
	return t_end();
}
