/* One stream that many threads read lines from, another that they print to,
   both pipes that are slow now and then: each line comes once, and whole. */
#include "t.h"

#define THREADS 8
#define LINES	400

static FILE *in, *out;

static void *worker(void *arg)
{
	char line[64];
	long n = 0;

	(void)arg;
	while (fgets(line, sizeof(line), in)) {
		n++;
		if (fprintf(out, "%s", line) < 0 ||
		    (n % 16 == 0 && fflush(out)))
			t_die("fprintf");
		if (n % 10 == 0)
			t_msleep(1);
	}
	return (void *)n;
}

static void *feed(void *arg)
{
	char line[64];

	for (int i = 0; i < LINES; i++) {
		snprintf(line, sizeof(line), "the line %d\n", i);
		t_put(*(int *)arg, line, strlen(line));
		if (i % 50 == 0)
			t_settle();
	}
	DO(close(*(int *)arg));
	return NULL;
}

static void check(FILE *f)
{
	static int seen[LINES];
	int i, bad = 0, n = 0;
	char line[64], c;

	while (fgets(line, sizeof(line), f)) {
		n++;
		if (sscanf(line, "the line %d%c", &i, &c) != 2 || c != '\n' ||
		    i < 0 || i >= LINES || seen[i]++)
			bad++;
		if (n % 100 == 0)
			t_settle();
	}
	printf("%d lines, %d bad\n", n, bad);
}

static void *finish(void *arg)
{
	pthread_t *th = arg;
	long sum = 0;

	for (int i = 0; i < THREADS; i++)
		sum += (long)t_join(th[i]);
	fclose(out);
	return (void *)sum;
}

int main(void)
{
	pthread_t th[THREADS], feeder, last;
	int a[2], b[2];
	FILE *f;

	t_background();
	DO(pipe(a));
	DO(pipe(b));
	DO(fcntl(b[1], F_SETPIPE_SZ, 4096));
	in = fdopen(a[0], "r");
	out = fdopen(b[1], "w");
	f = fdopen(b[0], "r");
	for (int i = 0; i < THREADS; i++)
		th[i] = t_go(worker, NULL);
	feeder = t_go(feed, &a[1]);
	last = t_go(finish, th);
	check(f);
	printf("%ld\n", (long)t_join(last));
	t_join(feeder);
	return t_end();
}
