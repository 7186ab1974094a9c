/* A thread that waits in a stream is cancelled: the stream is unlocked and the
   cleanup handlers run.  What stays in a buffer is no cancellation point. */
#include "t.h"

static FILE *f;
static _Atomic int state, cleaned;
static char big[1 << 20], room[sizeof(big) + 1];

static void clean(void *arg)
{
	(void)arg;
	cleaned++;
}

static void in_stream(int how)
{
	char line[32];
	size_t size = 0;
	char *p = NULL;

	switch (how) {
	case 0:
		fgets(line, sizeof(line), f);
		break;
	case 1:
		getline(&p, &size, f);
		break;
	case 2:
		fgetc(f);
		break;
	case 3:
		fwrite(big, 1, sizeof(big), f);
		break;
	default:
		setvbuf(f, room, _IOFBF, sizeof(room));
		fwrite(big, 1, sizeof(big), f);
		state = 1;
		fflush(f);
	}
}
#define HOWS 5

static void *worker(void *arg)
{
	int how = (int)(intptr_t)arg;

	t_settle();
	pthread_cleanup_push(clean, NULL);
	if (how < HOWS - 1)
		state = 1;
	in_stream(how);
	pthread_cleanup_pop(0);
	return NULL;
}

static void *cancelled_before(void *arg)
{
	(void)arg;
	t_settle();
	pthread_cleanup_push(clean, NULL);
	PDO(pthread_cancel(pthread_self()));
	setvbuf(f, NULL, _IOFBF, 4096);
	fprintf(f, "stays in the buffer\n");
	state = 2;
	fflush(f);
	state = 3;
	pthread_cleanup_pop(0);
	return NULL;
}

static void one(int how, int kind)
{
	int fd[2], end = how < 3 ? 0 : 1;
	pthread_t th;
	void *r;

	if (kind)
		t_pair(SOCK_STREAM, fd);
	else
		DO(pipe(fd));
	f = fdopen(fd[end], end ? "w" : "r");
	state = cleaned = 0;
	th = how < HOWS ? t_go(worker, (void *)(intptr_t)how)
			: t_go(cancelled_before, NULL);
	if (how < HOWS) {
		t_await(state);
		t_settle();
		PDO(pthread_cancel(th));
	}
	r = t_join(th);
	printf("%d: cancelled %d, cleaned %d, free %d, state %d\n", how,
	       r == PTHREAD_CANCELED, cleaned, ftrylockfile(f) == 0, state);
	/* it is to fail at once, or have nothing to say */
	DO(close(fd[!end]));
	fclose(f);
}

int main(void)
{
	signal(SIGPIPE, SIG_IGN);
	t_background();
	for (int how = 0; how <= HOWS; how++)
		for (int kind = 0; kind < 2; kind++)
			one(how, kind);
	return t_end();
}
