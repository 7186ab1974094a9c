/* A handler runs while a thread waits in a stream: with SA_RESTART the call goes
   on, without it fails with EINTR and can be made again. */
#include "t.h"

static FILE *f;
static _Atomic int state, got;
static __thread int mine;

static void on_usr1(int sig)
{
	(void)sig;
	got++;
	mine++;
}

static void *reader(void *arg)
{
	int interrupted = 0;
	char line[32];

	(void)arg;
	t_settle();
	state = 1;
	for (;;) {
		errno = 0;
		if (fgets(line, sizeof(line), f))
			break;
		if (errno != EINTR || !ferror(f) || feof(f))
			return (void *)-1;
		interrupted = 1;
		clearerr(f);
		state = 2;
	}
	printf("%s", line);
	printf("interrupted %d, here %d\n", interrupted, mine == got);
	return NULL;
}

static void one(int kind, int flags)
{
	struct sigaction sa = { .sa_handler = on_usr1, .sa_flags = flags };
	pthread_t th;
	int fd[2], n;

	DO(sigaction(SIGUSR1, &sa, NULL));
	if (kind)
		t_pair(SOCK_STREAM, fd);
	else
		DO(pipe(fd));
	f = fdopen(fd[0], "r");
	state = got = 0;
	th = t_go(reader, NULL);
	t_await(state);
	/* until it comes in the middle of the wait: or has done nothing */
	for (n = 0; flags ? n < 5 : state != 2; n++) {
		int before = got;

		t_settle();
		PDO(pthread_kill(th, SIGUSR1));
		t_await(got > before);
	}
	t_put(fd[1], "a line\n", 7);
	printf("%ld\n", (long)t_join(th));
	fclose(f);
	DO(close(fd[1]));
}

int main(void)
{
	t_background();
	for (int kind = 0; kind < 2; kind++) {
		printf("-- %s\n", kind ? "socket" : "pipe");
		one(kind, 0);
		one(kind, SA_RESTART);
	}
	return t_end();
}
