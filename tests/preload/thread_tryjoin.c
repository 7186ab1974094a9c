/* pthread_tryjoin_np(), timedjoin_np(), clockjoin_np(). */
#include "t.h"

static int fd[2];

static void *reader(void *arg)
{
	char b[4];

	(void)arg;
	return (void *)(intptr_t)read(fd[0], b, 4);
}

static void feed(int s)
{
	t_put(s, "xyz", 3);
}

static void body(void)
{
	struct timespec ts;
	void *ret = (void *)-7;
	pthread_t th, f;
	int r;

	DO(pipe(fd));
	th = t_go(reader, NULL);
	PSHOW(pthread_tryjoin_np(th, &ret));
	ts = t_in(CLOCK_REALTIME, 40);
	PSHOW(pthread_timedjoin_np(th, &ret, &ts));
	ts = t_in(CLOCK_MONOTONIC, 40);
	PSHOW(pthread_clockjoin_np(th, &ret, CLOCK_MONOTONIC, &ts));
	ts = t_in(CLOCK_REALTIME, -1000);
	PSHOW(pthread_timedjoin_np(th, &ret, &ts));
	printf("%ld\n", (long)ret);
	f = t_after(feed, fd[1]);
	ts = t_in(CLOCK_REALTIME, 15000);
	PSHOW(pthread_timedjoin_np(th, &ret, &ts));
	printf("%ld\n", (long)ret);
	t_join(f);
	th = t_go(reader, NULL);
	f = t_after(feed, fd[1]);
	ts = t_in(CLOCK_MONOTONIC, 15000);
	PSHOW(pthread_clockjoin_np(th, &ret, CLOCK_MONOTONIC, &ts));
	t_join(f);
	th = t_go(reader, NULL);
	feed(fd[1]);
	t_await((r = pthread_tryjoin_np(th, &ret)) != EBUSY);
	PSHOW(r);
	printf("%ld\n", (long)ret);
	t_close2(fd);
}

int main(void)
{
	t_both(body);
	return t_end();
}
