/* timerfd: read() waits for the next expiry and counts those missed. */
#include "t.h"
#include <sys/timerfd.h>

static int fd;

static void set(long ms, long every)
{
	struct itimerspec it = { { every / 1000, every % 1000 * 1000000 },
				 { ms / 1000, ms % 1000 * 1000000 } };

	DO(timerfd_settime(fd, 0, &it, NULL));
}

static void arm(int ms)
{
	set(ms, 0);
}

static void *reader(void *arg)
{
	uint64_t n = 0;

	(void)arg;
	return (void *)(intptr_t)read(fd, &n, sizeof(n));
}

static void body(void)
{
	uint64_t n = 0;
	pthread_t th;

	fd = DO(timerfd_create(CLOCK_MONOTONIC, 0));
	set(5, 0);
	SHOW(read(fd, &n, sizeof(n)));
	printf("%d\n", (int)n);
	th = t_after(arm, 1);
	SHOW(read(fd, &n, sizeof(n)));
	t_join(th);
	set(1, 1);
	for (int i = 0, sum = 0; i < 5; i++) {
		DO(read(fd, &n, sizeof(n)));
		sum += n > 0;
		if (i == 4)
			printf("%d\n", sum);
	}
	SHOW(read(fd, &n, 4));
	set(0, 0);
	DO(fcntl(fd, F_SETFL, O_NONBLOCK));
	SHOW(read(fd, &n, sizeof(n)));
	DO(fcntl(fd, F_SETFL, 0));
	th = t_go(reader, NULL);
	t_settle();
	set(1, 0);
	printf("%ld\n", (long)t_join(th));
	SHOW(write(fd, &n, sizeof(n)));
	DO(close(fd));
	fd = DO(timerfd_create(CLOCK_REALTIME, TFD_NONBLOCK));
	SHOW(read(fd, &n, sizeof(n)));
	DO(close(fd));
}

int main(void)
{
	t_both(body);
	return t_end();
}
