/* Threads that compute for long and then wait in a write to a pipe which loses its
   reader: SIGPIPE in each of them. */
#include "t.h"

#define FULL	65536
#define THREADS 4
#define ROUNDS	2
#define AREA	(24 << 20)	/* takes memfrob() some 15 ms */

static char area[AREA];
static _Atomic int ready, right;
static __thread int mine;

static void on_pipe(int sig)
{
	(void)sig;
	mine++;
}

static void *worker(void *arg)
{
	int fd = (int)(intptr_t)arg;
	ssize_t r;

	t_settle();	/* from now on it is away if it ever is */
	/* in libc, out of which nobody is taken home */
	for (int i = 0; i < 4; i++)
		memfrob(area, AREA);
	ready++;
	errno = 0;
	r = write(fd, "x", 1);
	right += r == -1 && errno == EPIPE && mine == 1;
	return NULL;
}

static void round_(void)
{
	static char block[FULL];
	pthread_t th[THREADS];
	int p[THREADS][2];

	ready = 0;
	for (int i = 0; i < THREADS; i++) {
		DO(pipe(p[i]));
		DO(write(p[i][1], block, FULL));
		th[i] = t_go(worker, (void *)(intptr_t)p[i][1]);
	}
	t_await(ready == THREADS);
	t_settle();
	for (int i = 0; i < THREADS; i++)
		close(p[i][0]);
	for (int i = 0; i < THREADS; i++) {
		t_join(th[i]);
		close(p[i][1]);
	}
}

int main(void)
{
	struct sigaction sa = { .sa_handler = on_pipe };

	DO(sigaction(SIGPIPE, &sa, NULL));
	t_background();
	for (int i = 0; i < ROUNDS; i++)
		round_();
	printf("right: %d\n", right);
	return t_end();
}
