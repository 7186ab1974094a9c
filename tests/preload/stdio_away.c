/* Streams that main has made, used by a thread that has waited: each call that
   reads waits for what comes, and each that writes gets through. */
#include "t.h"

#define LINES 12

static FILE *in, *out;

static int line_of(int how, char *line, size_t size)
{
	size_t room = 0;
	char *p = NULL;
	int c, n = 0;

	switch (how % 6) {
	case 0:
		return fgets(line, (int)size, in) ? 0 : -1;
	case 1:
		if (getline(&p, &room, in) < 0)
			return -1;
		snprintf(line, size, "%s", p);
		free(p);
		return 0;
	case 2:
		do {
			if ((c = fgetc(in)) == EOF)
				return -1;
			line[n++] = (char)c;
		} while (c != '\n');
		line[n] = 0;
		return 0;
	case 3:
		do {
			if ((c = getc_unlocked(in)) == EOF)
				return -1;
			line[n++] = (char)c;
		} while (c != '\n');
		line[n] = 0;
		return 0;
	case 4:
		if (fscanf(in, "%15[^\n]", line) != 1 || getc(in) != '\n')
			return -1;
		strcat(line, "\n");
		return 0;
	default:
		n = (int)fread(line, 1, 8, in);
		line[n] = 0;
		return n == 8 ? 0 : -1;
	}
}

static int say(int how, const char *line)
{
	switch (how % 5) {
	case 0:
		return fprintf(out, "got %s", line) < 0 ? -1 : fflush(out);
	case 1:
		return fputs("got ", out) < 0 || fputs(line, out) < 0
			       ? -1
			       : fflush(out);
	case 2:
		if (fwrite("got ", 1, 4, out) != 4)
			return -1;
		return fwrite(line, strlen(line), 1, out) != 1 ? -1
							       : fflush(out);
	case 3:
		setvbuf(out, NULL, _IOLBF, 0);
		return fprintf(out, "got %s", line) < 0 ? -1 : 0;
	default:
		fputs("got ", out);
		while (*line)
			if (putc_unlocked(*line++, out) == EOF)
				return -1;
		return fflush(out);
	}
}

static void *serve(void *arg)
{
	char line[64];
	long n = 0;

	(void)arg;
	t_settle();
	while (line_of((int)n, line, sizeof(line)) == 0) {
		if (say((int)n, line))
			t_die("say");
		n++;
	}
	return (void *)(n * 10 + !!feof(in) + fclose(out));
}

/* to[] is written by main and read by the thread; back[] the other way. */
static void talk(int to[2], int back[2])
{
	char line[64], ask[16];
	pthread_t th;
	FILE *f;

	in = fdopen(to[0], "r");
	out = fdopen(back[1], "w");
	f = fdopen(back[0], "r");
	th = t_go(serve, NULL);
	for (int i = 0; i < LINES; i++) {
		t_settle();
		snprintf(ask, sizeof(ask), "line %02d\n", i);
		t_put(to[1], ask, 3);
		t_put(to[1], ask + 3, 5);
		printf("%s", fgets(line, sizeof(line), f) ? line : "none\n");
	}
	DO(shutdown(to[1], SHUT_WR) < 0 && errno == ENOTSOCK ? close(to[1])
							     : 0);
	printf("%ld\n", (long)t_join(th));
	printf("%d\n", fgets(line, sizeof(line), f) == NULL);
	fclose(f);
	fclose(in);
}

int main(void)
{
	int to[2], back[2];

	t_background();
	for (int round = 0; round < 2; round++) {
		printf("-- pipe\n");
		DO(pipe(to));
		DO(pipe(back));
		talk(to, back);
		printf("-- socket\n");
		t_tcp(to);
		t_pair(SOCK_STREAM, back);
		talk(to, back);
		DO(close(to[1]));
	}
	return t_end();
}
