/* fgets() waits in libc, out of the shim's sight, beside threads that talk. */
#include "t.h"

static int p[2], s[2];

static void *reader(void *arg)
{
	FILE *f = fdopen(p[0], "r");
	char line[64];
	long n = 0;

	(void)arg;
	while (fgets(line, sizeof(line), f))
		n += (long)strlen(line);
	fclose(f);
	return (void *)n;
}

int main(void)
{
	pthread_t r, e;
	char b[4];

	DO(pipe(p));
	t_pair(SOCK_STREAM, s);
	r = t_go(reader, NULL);
	e = t_go(t_echo, &s[1]);
	for (int i = 0; i < 200; i++) {
		t_put(s[0], "ping", 4);
		t_take(s[0], b, 4);
		if (i % 20 == 0)
			t_put(p[1], "a line\n", 7);
	}
	DO(close(p[1]));
	printf("%ld\n", (long)t_join(r));
	DO(shutdown(s[0], SHUT_WR));
	t_join(e);
	return t_end();
}
