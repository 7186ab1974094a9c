/* eventfd: read() waits for a count, write() for room. */
#include "t.h"
#include <sys/eventfd.h>

static void add(int fd)
{
	uint64_t v = 5;

	t_put(fd, &v, sizeof(v));
}

static void take(int fd)
{
	uint64_t v;

	t_take(fd, &v, sizeof(v));
}

static void body(void)
{
	int fd = DO(eventfd(0, 0)), sem = DO(eventfd(2, EFD_SEMAPHORE));
	uint64_t v = 0;
	pthread_t th = t_after(add, fd);

	SHOW(read(fd, &v, sizeof(v)));
	printf("%d\n", (int)v);
	t_join(th);
	SHOW(read(fd, &v, 4));
	v = UINT64_MAX - 1;
	SHOW(write(fd, &v, sizeof(v)));
	th = t_after(take, fd);
	v = 3;
	SHOW(write(fd, &v, sizeof(v)));
	t_join(th);
	SHOW(read(fd, &v, sizeof(v)));
	printf("%d\n", (int)v);
	for (int i = 0; i < 2; i++) {
		SHOW(read(sem, &v, sizeof(v)));
		printf("%d\n", (int)v);
	}
	th = t_after(add, sem);
	SHOW(read(sem, &v, sizeof(v)));
	t_join(th);
	DO(close(fd));
	DO(close(sem));
}

int main(void)
{
	t_both(body);
	return t_end();
}
