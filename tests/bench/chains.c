/*
 * chains.c - how fast threads that wait get on beside threads that compute
 *
 *	chains [--light N] [--heavy N] [--burn N] [--members N] [--work US]
 *	       [--over pipe|socket] [--seconds N]
 *
 * A chain is a ring of threads, each of which reads a byte from the one
 * before it and writes it to the next; one byte goes round.  A member of a
 * heavy chain computes for --work microseconds before it writes.  Those that
 * burn compute all the time and wait for nothing.
 *
 * Told at the end: how many hops a second the chains of either kind made,
 * all together and the slowest and the fastest of them, and for how many
 * microseconds a millisecond, on average, each of those that burn has
 * computed.  Run it without and with the library and compare; it asserts
 * nothing.
 */
#include <err.h>
#include <getopt.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define MOST 4096

struct chain {
	_Atomic long hops;
	long work;
};

struct member {
	struct chain *chain;
	int in, out;
};

static long light = 4, heavy, burn = 4, members = 4, work = 1000, seconds = 3;
static int over_socket;
static long unit;	/* turns of spin() that take a microsecond */
static _Atomic long burnt[MOST];

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static void spin(long turns)
{
	for (volatile long i = 0; i < turns; i++)
		;
}

/* The best of some tries: others run meanwhile. */
static void calibrate(void)
{
	double best = 1;

	for (int i = 0; i < 50; i++) {
		double t = now();

		spin(1000000);
		t = now() - t;
		if (t < best)
			best = t;
	}
	unit = (long)(1000000 / (best * 1e6));
}

static void *pass_on(void *arg)
{
	struct member *m = arg;
	char byte;

	while (read(m->in, &byte, 1) == 1) {
		spin(m->chain->work * unit);
		atomic_fetch_add(&m->chain->hops, 1);
		if (write(m->out, &byte, 1) != 1)
			break;
	}
	return NULL;
}

static void *burns(void *arg)
{
	_Atomic long *n = arg;

	for (;;) {
		spin(10 * unit);
		atomic_fetch_add(n, 10);
	}
	return NULL;
}

static void start(void *(*fn)(void *), void *arg)
{
	pthread_attr_t a;
	pthread_t t;
	int r;

	pthread_attr_init(&a);
	pthread_attr_setstacksize(&a, 128 * 1024);
	r = pthread_create(&t, &a, fn, arg);
	if (r)
		errx(1, "pthread_create: %s", strerror(r));
}

static void make_chain(struct chain *c)
{
	struct member *m = calloc((size_t)members, sizeof(*m));
	int fds[2], first = 0;

	if (!m)
		err(1, "calloc");
	for (long i = 0; i < members; i++) {
		if (over_socket ? socketpair(AF_UNIX, SOCK_STREAM, 0, fds) :
				  pipe(fds))
			err(1, "pipe");
		m[i].chain = c;
		m[(i + 1) % members].in = fds[0];
		m[i].out = fds[1];
		first = fds[1];
	}
	for (long i = 0; i < members; i++)
		start(pass_on, &m[i]);
	if (write(first, "", 1) != 1)
		err(1, "write");
}

static int by_size(const void *a, const void *b)
{
	long x = *(const long *)a, y = *(const long *)b;

	return (x > y) - (x < y);
}

static void tell(const char *what, long *v, long n, double per)
{
	double sum = 0;

	if (n == 0)
		return;
	qsort(v, (size_t)n, sizeof(*v), by_size);
	for (long i = 0; i < n; i++)
		sum += (double)v[i];
	printf("%s sum %.0f min %.0f max %.0f\n", what, sum / per,
	       (double)v[0] / per, (double)v[n - 1] / per);
}

static void options(int argc, char **argv)
{
	static const struct option all[] = {
		{ "light", 1, NULL, 'l' },   { "heavy", 1, NULL, 'h' },
		{ "burn", 1, NULL, 'b' },    { "members", 1, NULL, 'm' },
		{ "work", 1, NULL, 'w' },    { "over", 1, NULL, 'o' },
		{ "seconds", 1, NULL, 's' }, { 0 },
	};
	int c;

	while ((c = getopt_long(argc, argv, "", all, NULL)) != -1) {
		long *n = c == 'l' ? &light :
			  c == 'h' ? &heavy :
			  c == 'b' ? &burn :
			  c == 'm' ? &members :
			  c == 'w' ? &work :
				     &seconds;

		if (c == '?')
			exit(2);
		if (c == 'o')
			over_socket = !strcmp(optarg, "socket");
		else
			*n = atol(optarg);
	}
	if (light + heavy > MOST || burn > MOST || members < 2)
		errx(2, "too many, or a chain of one");
}

int main(int argc, char **argv)
{
	static struct chain chains[MOST];
	static long was[MOST], did[MOST];
	double from, took;

	options(argc, argv);
	calibrate();
	for (long i = 0; i < light + heavy; i++) {
		chains[i].work = i < light ? 0 : work;
		make_chain(&chains[i]);
	}
	for (long i = 0; i < burn; i++)
		start(burns, (void *)&burnt[i]);
	usleep(300000);
	for (long i = 0; i < light + heavy; i++)
		was[i] = atomic_load(&chains[i].hops);
	from = now();
	for (long i = 0; i < burn; i++)
		did[i] = -atomic_load(&burnt[i]);
	sleep((unsigned)seconds);
	took = now() - from;
	for (long i = 0; i < burn; i++)
		did[i] += atomic_load(&burnt[i]);
	for (long i = 0; i < light + heavy; i++)
		was[i] = atomic_load(&chains[i].hops) - was[i];
	tell("light hops/s", was, light, took);
	tell("heavy hops/s", was + light, heavy, took);
	tell("burn us/ms", did, burn, took * 1000);
	fflush(stdout);
	_exit(0);
}
