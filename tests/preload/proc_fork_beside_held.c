/* A child forked beside calls that keep their files has the descriptors that there
 * are, and no more. */
#include "t.h"
#include <sys/timerfd.h>

#define FORKS 300

static int timers[4];

static void *reader(void *arg)
{
	int fd = *(int *)arg;
	struct itimerspec it = { { 0, 200000 }, { 0, 200000 } };
	uint64_t n;

	DO(timerfd_settime(fd, 0, &it, NULL));
	for (;;)
		DO(read(fd, &n, sizeof(n)));
	return NULL;
}

/* How many timers are open. */
static int open_timers(void)
{
	DIR *d = opendir("/proc/self/fd");
	char link[64];
	int n = 0;

	for (struct dirent *e; (e = readdir(d));) {
		ssize_t k = readlinkat(dirfd(d), e->d_name, link,
				       sizeof(link) - 1);

		link[k > 0 ? k : 0] = '\0';
		n += strstr(link, "timerfd") != NULL;
	}
	return n;
}

int main(void)
{
	int more = 0, status;

	for (int i = 0; i < 4; i++)
		timers[i] = DO(timerfd_create(CLOCK_MONOTONIC, 0));
	for (int i = 0; i < 4; i++)
		t_go(reader, &timers[i]);
	for (int i = 0; i < FORKS; i++) {
		pid_t pid = DO(fork());

		if (pid == 0)
			_exit(open_timers());
		DO(waitpid(pid, &status, 0));
		more += WEXITSTATUS(status) != 4;
	}
	printf("%d of %d with others\n", more, FORKS);
	printf("end\n");
	fflush(stdout);
	_exit(0);
}
