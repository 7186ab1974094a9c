/* pthread_getcpuclockid(): a thread that computed has used more CPU time than
 * one that waited. */
#include "t.h"

static int fd[2], done;

static void *worker(void *arg)
{
	struct timespec ts;
	volatile unsigned long x = 0;
	char b;

	if (arg)
		do {
			for (int i = 0; i < 100000; i++)
				x += (unsigned)i;
			clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
		} while (ts.tv_sec == 0 && ts.tv_nsec < 50000000);
	t_inc(&done);
	t_take(fd[0], &b, 1);
	return NULL;
}

static double used(pthread_t th)
{
	clockid_t clock;
	struct timespec ts;

	PDO(pthread_getcpuclockid(th, &clock));
	DO(clock_gettime(clock, &ts));
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

int main(void)
{
	pthread_t busy, lazy;

	DO(pipe(fd));
	busy = t_go(worker, fd);
	lazy = t_go(worker, NULL);
	t_await(t_get(&done) == 2);
	CHECK(used(busy) >= 0.05);
	CHECK(used(lazy) < used(busy));
	t_put(fd[1], "xx", 2);
	t_join(busy);
	t_join(lazy);
	return t_end();
}
