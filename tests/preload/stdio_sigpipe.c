/* A thread that has waited makes a stream of a socket and writes to it when the
   other end is gone: its SIGPIPE comes, in that thread, before its EPIPE. */
#include "t.h"

#define ROUNDS 50	/* so that it has really waited */

static _Atomic int got;
static __thread int mine;

static void on_pipe(int sig)
{
	(void)sig;
	got++;
	mine++;
}

static void *writes(void *arg)
{
	int *fd = arg;
	char byte;
	FILE *f;
	int r;

	for (int i = 0; i < ROUNDS; i++) {
		t_put(fd[0], "", 1);
		t_take(fd[0], &byte, 1);
	}
	if (read(fd[0], &byte, 1) != 0)
		return "no end";
	f = fdopen(fd[0], "w");
	if (!f)
		return "fdopen";
	fprintf(f, "to nobody\n");
	errno = 0;
	r = fflush(f);
	printf("flush %d EPIPE %d, signals %d, here %d\n", r, errno == EPIPE,
	       got, mine);
	fclose(f);
	return NULL;
}

int main(void)
{
	struct sigaction sa = { .sa_handler = on_pipe };
	pthread_t th;
	char byte;
	int fd[2];

	sigaction(SIGPIPE, &sa, NULL);
	t_pair(SOCK_STREAM, fd);
	th = t_go(writes, fd);
	for (int i = 0; i < ROUNDS; i++) {
		t_take(fd[1], &byte, 1);
		t_put(fd[1], "", 1);
	}
	close(fd[1]);
	puts(t_join(th) ? "failed" : "done");
	return t_end();
}
