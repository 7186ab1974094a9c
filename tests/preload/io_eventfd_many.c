/* eventfd_read(), eventfd_write(); many who wait for one counter. */
#include "t.h"
#include <sys/eventfd.h>

#define THREADS 8
#define EACH	50
static int fd;

static void *taker(void *arg)
{
	eventfd_t v;
	long n = 0;

	(void)arg;
	for (int i = 0; i < EACH; i++)
		n += eventfd_read(fd, &v) == 0 && v == 1;
	return (void *)n;
}

static void body(void)
{
	pthread_t th[THREADS];
	struct iovec iov;
	eventfd_t v = 7;
	long sum = 0;

	fd = DO(eventfd(0, EFD_SEMAPHORE));
	for (int i = 0; i < THREADS; i++)
		th[i] = t_go(taker, NULL);
	for (int i = 0; i < THREADS * EACH; i++)
		DO(eventfd_write(fd, 1));
	for (int i = 0; i < THREADS; i++)
		sum += (long)t_join(th[i]);
	printf("%ld\n", sum);
	SHOW(eventfd_write(fd, UINT64_MAX));
	SHOW(write(fd, &v, 4));
	iov = (struct iovec){ &v, sizeof(v) };
	SHOW(writev(fd, &iov, 1));
	SHOW(readv(fd, &iov, 1));
	DO(close(fd));
	fd = DO(eventfd(0, EFD_NONBLOCK));
	SHOW(eventfd_read(fd, &v));
	SHOW(eventfd_write(fd, UINT64_MAX - 1));
	SHOW(eventfd_write(fd, 1));
	DO(close(fd));
	SHOW(eventfd_read(fd, &v));
}

int main(void)
{
	t_both(body);
	return t_end();
}
