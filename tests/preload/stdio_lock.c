/* One FILE, many threads: lines stay whole; getc() that waits holds the lock
 * and others still get on with other files. */
#include "t.h"

#define THREADS 6
static FILE *out, *in;
static int p[2], q[2];

static void *writer(void *arg)
{
	for (int i = 0; i < 100; i++) {
		fprintf(out, "%s %d\n", (char *)arg, i);
		if (i % 20 == 0)
			fflush(out);
	}
	return NULL;
}

static void *getter(void *arg)
{
	(void)arg;
	return (void *)(intptr_t)getc(in);
}

int main(void)
{
	static const char *const names[] = { "aaaa", "bbbbb", "cccccc",
					     "ddd",  "ee",    "fffffff" };
	pthread_t th[THREADS], g[3];
	int count[THREADS] = { 0 }, bad = 0;
	char line[64];
	long sum = 0;
	FILE *f;

	DO(pipe(p));
	DO(pipe(q));
	out = fdopen(p[1], "w");
	in = fdopen(q[0], "r");
	f = fdopen(p[0], "r");
	for (int i = 0; i < 3; i++)
		g[i] = t_go(getter, NULL);
	for (int i = 0; i < THREADS; i++)
		th[i] = t_go(writer, (void *)(intptr_t)names[i]);
	for (int i = 0; i < THREADS; i++)
		t_join(th[i]);
	fclose(out);
	while (fgets(line, sizeof(line), f)) {
		char name[32];
		int n, k = -1;

		if (sscanf(line, "%31s %d", name, &n) == 2)
			for (int i = 0; i < THREADS; i++)
				if (!strcmp(name, names[i]))
					k = i;
		if (k < 0 || n != count[k]++)
			bad++;
	}
	for (int i = 0; i < THREADS; i++)
		printf("%s %d\n", names[i], count[i]);
	printf("%d bad\n", bad);
	t_put(q[1], "abc", 3);
	for (int i = 0; i < 3; i++)
		sum += (long)t_join(g[i]);
	printf("%ld\n", sum);
	return t_end();
}
