/* Writes of up to PIPE_BUF bytes from several threads never mix. */
#include "t.h"

#define WRITERS 4
#define ROUNDS 200
static int fd[2];

static void *writer(void *arg)
{
	char block[PIPE_BUF];

	memset(block, (int)(intptr_t)arg, sizeof(block));
	for (int i = 0; i < ROUNDS; i++)
		if (write(fd[1], block, sizeof(block)) != PIPE_BUF)
			t_die("write");
	return NULL;
}

int main(void)
{
	pthread_t th[WRITERS];
	int count[WRITERS] = { 0 }, mixed = 0;
	char block[PIPE_BUF];

	DO(pipe(fd));
	for (int i = 0; i < WRITERS; i++)
		th[i] = t_go(writer, (void *)(intptr_t)('A' + i));
	for (int i = 0; i < WRITERS * ROUNDS; i++) {
		t_take(fd[0], block, sizeof(block));
		for (int j = 1; j < PIPE_BUF; j++)
			mixed += block[j] != block[0];
		count[block[0] - 'A']++;
	}
	for (int i = 0; i < WRITERS; i++) {
		t_join(th[i]);
		printf("%c wrote %d\n", 'A' + i, count[i]);
	}
	CHECK(mixed == 0);
	return t_end();
}
