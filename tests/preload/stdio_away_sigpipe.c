/* A thread that has waited prints to a stdout without a reader, by whatever call
   reaches it: the process dies, or the handler runs in that thread, or it is
   ignored and the call fails. */
#include "t.h"
#include <err.h>

static FILE *out;	/* made by main */
static int report = -1; /* where the child tells, for its stdout is gone */
static _Atomic int got;
static __thread int mine;
static char big[70000];

static void on_pipe(int sig)
{
	(void)sig;
	got++;
	mine++;
}

static int flushed(int r)
{
	return r < 0 ? r : fflush(stdout);
}

static long fill(FILE *f)
{
	for (int i = 0; i < 70000; i++)
		if (putc_unlocked('x', f) == EOF)
			return EOF;
	return 0;
}

static long print(int how)
{
	switch (how) {
	case 0:
		return flushed(printf("to %s\n", "nobody"));
	case 1:
		return flushed(puts("to nobody"));
	case 2:
		return flushed(fputs("to nobody\n", stdout));
	case 3:
		return fwrite(big, 1, sizeof(big), stdout) == sizeof(big) ? 0
									  : -1;
	case 4:
		return fill(stdout);
	case 5:
		return dprintf(1, "to nobody\n");
	case 6:
		return fputs("to nobody\n", stdout) < 0 ? -1 : fflush(NULL);
	case 7:
		return fprintf(stderr, "to nobody %d\n", 7);
	case 8:
		perror("to nobody");
		return ferror(stderr) ? -1 : 0;
	case 9:
		fputs("to nobody\n", out);
		return fclose(out);
	default:
		warnx("to nobody");
		return ferror(stderr) ? -1 : 0;
	}
}
#define HOWS 11

static void *worker(void *arg)
{
	int how = (int)(intptr_t)arg;
	char line[80];
	long r;
	int e;

	t_settle();
	errno = 0;
	r = print(how);
	e = errno;
	snprintf(line, sizeof(line), "%d: %d EPIPE %d, signals %d, here %d\n",
		 how, r < 0, e == EPIPE, got, mine);
	t_put(report, line, strlen(line));
	return NULL;
}

static void child(int how, const int p[2])
{
	pthread_t th;

	DO(dup2(p[1], 1));
	DO(dup2(p[1], 2));
	out = fdopen(p[1], "w");
	setvbuf(stdout, NULL, how % 2 ? _IOLBF : _IOFBF, 4096);
	t_background();
	th = t_go(worker, (void *)(intptr_t)how);
	t_settle();
	t_join(th);
	_exit(7);
}

static void one(int how, int kind)
{
	pid_t pid;
	int p[2];

	if (kind)
		t_pair(SOCK_STREAM, p);
	else
		DO(pipe(p));
	DO(close(p[0]));
	fflush(stdout);
	pid = DO(fork());
	if (!pid)
		child(how, p);
	DO(close(p[1]));
	t_reap(pid);
}

static void all(const char *what)
{
	printf("-- %s\n", what);
	for (int how = 0; how < HOWS; how++)
		for (int kind = 0; kind < 2; kind++)
			one(how, kind);
}

int main(void)
{
	struct sigaction sa = { .sa_handler = on_pipe };

	report = DO(dup(1));
	all("default");
	DO(sigaction(SIGPIPE, &sa, NULL));
	all("handler");
	DO(signal(SIGPIPE, SIG_IGN) == SIG_ERR ? -1 : 0);
	all("ignored");
	return t_end();
}
