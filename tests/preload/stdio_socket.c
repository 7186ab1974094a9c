/* stdio on sockets: fdopen, fprintf, fgets, getline between threads. */
#include "t.h"

static void *server(void *arg)
{
	FILE *f = fdopen(*(int *)arg, "r+");
	char *line = NULL;
	size_t size = 0;
	long n = 0;

	setvbuf(f, NULL, _IONBF, 0);
	while (getline(&line, &size, f) > 0) {
		n++;
		if (fprintf(f, "%ld: %s", n, line) < 0)
			t_die("fprintf");
		fflush(f);
	}
	free(line);
	fclose(f);
	return (void *)n;
}

static void one(int fd[2])
{
	int d = DO(dup(fd[0]));
	FILE *in = fdopen(d, "r"), *out = fdopen(fd[0], "w");
	pthread_t th = t_go(server, &fd[1]);
	char line[64];

	for (int i = 0; i < 20; i++) {
		fprintf(out, "line %d\n", i);
		fflush(out);
		if (!fgets(line, sizeof(line), in))
			t_die("fgets");
		if (i % 6 == 0)
			printf("%s", line);
	}
	DO(shutdown(fd[0], SHUT_WR));
	printf("%ld lines\n", (long)t_join(th));
	SHOW(fgets(line, sizeof(line), in) != NULL);
	printf("eof %d error %d\n", !!feof(in), !!ferror(in));
	fclose(in);
	fclose(out);
	fd[0] = fd[1] = -1;
}

static void body(void)
{
	t_sockets(one);
}

int main(void)
{
	t_both(body);
	return t_end();
}
