/* Forty threads in a row, each hands on what it reads with one change. */
#include "t.h"

#define STAGES 40
#define BYTES 20000
static int fd[STAGES + 1][2];

static void *stage(void *arg)
{
	int i = (int)(intptr_t)arg;
	unsigned char b[700];
	ssize_t n;

	while ((n = read(fd[i][0], b, sizeof(b))) > 0) {
		for (ssize_t j = 0; j < n; j++)
			b[j]++;
		t_put(fd[i + 1][1], b, (size_t)n);
	}
	DO(close(fd[i + 1][1]));
	return NULL;
}

static void *source(void *arg)
{
	(void)arg;
	for (int i = 0; i < BYTES; i++) {
		unsigned char c = t_byte((size_t)i);

		t_put(fd[0][1], &c, 1);
	}
	DO(close(fd[0][1]));
	return NULL;
}

int main(void)
{
	pthread_t th[STAGES + 1];
	unsigned char b[1000];
	size_t at = 0;
	int bad = 0;
	ssize_t n;

	for (int i = 0; i <= STAGES; i++)
		DO(pipe(fd[i]));
	for (int i = 0; i < STAGES; i++)
		th[i] = t_go(stage, (void *)(intptr_t)i);
	th[STAGES] = t_go(source, NULL);
	while ((n = read(fd[STAGES][0], b, sizeof(b))) > 0)
		for (ssize_t j = 0; j < n; j++, at++)
			bad += b[j] != (unsigned char)(t_byte(at) + STAGES);
	for (int i = 0; i <= STAGES; i++)
		t_join(th[i]);
	printf("%zu bytes, %d bad\n", at, bad);
	return t_end();
}
