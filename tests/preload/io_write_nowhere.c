/* Writes from where nothing can be read to files that are no streams: an error,
 * as for any other. */
#include "t.h"
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>

static void one(const char *what, int fd)
{
	void *volatile null = NULL;
	void *volatile low = (void *)8;
	char *page = (char *)mmap(NULL, 4096, PROT_NONE,
				  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	uint64_t one = 1;

	printf("-- %s\n", what);
	DO(fd);
	t_settle();
	SHOW(write(fd, null, 8));
	SHOW(write(fd, null, 100));
	SHOW(write(fd, null, 7));
	SHOW(write(fd, low, 8));
	SHOW(write(fd, page, 8));
	SHOW(write(fd, &one, 7));
	SHOW(write(fd, &one, 8));
	SHOW(read(fd, null, 7));
	DO(munmap(page, 4096));
	DO(close(fd));
}

static void body(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	one("eventfd", eventfd(1, 0));
	one("timerfd", timerfd_create(CLOCK_MONOTONIC, 0));
	one("signalfd", signalfd(-1, &set, 0));
}

int main(void)
{
	t_both(body);
	return t_end();
}
