/* Calls that take long without waiting for anybody, in a program that has no
 * signals: each does all that it was asked for. */
#include "t.h"
#include <sys/random.h>
#include <sys/sendfile.h>
#include <sys/syscall.h>

enum {
	TIMES = 3,
	KINDS = 10,
	SLEEPERS = 2,
	RANDOM = 12 << 20,
	FILE_SIZE = 48 << 20
};

static int stop, in, cut[KINDS];
static char *buf;

/* So that there is always somebody whose time has come. */
static void *sleeps(void *arg)
{
	struct timespec ts = { 0, 1000000 };

	while (!t_get(&stop))
		nanosleep(&ts, NULL);
	return arg;
}

static int out(void)
{
	return DO(memfd_create("out", 0));
}

static void *calls(void *arg)
{
	int random = DO(open("/dev/urandom", O_RDONLY));
	int zero = DO(open("/dev/zero", O_RDONLY));
	struct iovec v = { buf, FILE_SIZE };

	for (int i = 0; i < TIMES; i++) {
		off_t from = 0;
		loff_t at = 0;
		int fd;

		/* each begins on another's time */
		t_settle();
		cut[0] += read(random, buf, RANDOM) != RANDOM;
		t_settle();
		cut[1] += getrandom(buf, RANDOM, 0) != RANDOM;
		t_settle();
		cut[2] += read(zero, buf, FILE_SIZE) != FILE_SIZE;
		t_settle();
		fd = out();
		cut[3] += sendfile(fd, in, &from, FILE_SIZE) != FILE_SIZE;
		DO(close(fd));
		fd = out();
		t_settle();
		cut[4] += copy_file_range(in, &at, fd, NULL, FILE_SIZE, 0) !=
			  FILE_SIZE;
		DO(close(fd));
		t_settle();
		cut[5] += syscall(SYS_getrandom, buf, RANDOM, 0) != RANDOM;
		t_settle();
		cut[6] += pread(random, buf, RANDOM, 0) != RANDOM;
		t_settle();
		cut[7] += pread(zero, buf, FILE_SIZE, 0) != FILE_SIZE;
		t_settle();
		cut[8] += preadv(zero, &v, 1, 0) != FILE_SIZE;
		t_settle();
		cut[9] += preadv2(zero, &v, 1, -1, RWF_HIPRI) != FILE_SIZE;
	}
	DO(close(random));
	DO(close(zero));
	return arg;
}

int main(void)
{
	static const char *const what[KINDS] = {
		"urandom",	    "getrandom",       "zero",
		"sendfile",	    "copy_file_range", "getrandom by number",
		"pread of urandom", "pread of zero",   "preadv",
		"preadv2"
	};
	pthread_t s[SLEEPERS];

	buf = malloc(FILE_SIZE);
	in = DO(memfd_create("in", 0));
	DO(ftruncate(in, FILE_SIZE));
	for (int i = 0; i < SLEEPERS; i++)
		s[i] = t_go(sleeps, NULL);
	t_join(t_go(calls, NULL));
	t_set(&stop, 1);
	for (int i = 0; i < SLEEPERS; i++)
		t_join(s[i]);
	for (int i = 0; i < KINDS; i++)
		printf("%s: %s\n", what[i], cut[i] ? "cut short" : "whole");
	return t_end();
}
