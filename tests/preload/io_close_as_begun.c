/* close() of a descriptor just when another thread begins to wait on it: that
 * one gets the end of the stream, or EBADF if it came too late. */
#include "t.h"

#include <semaphore.h>

#define ROUNDS 300
static int fd[2];
static sem_t go, done;

static void *reader(void *arg)
{
	int ended = 0;

	(void)arg;
	for (int i = 0; i < ROUNDS; i++) {
		char c;
		ssize_t n;

		sem_wait(&go);
		n = read(fd[0], &c, 1);
		ended += n == 0 || (n < 0 && errno == EBADF);
		sem_post(&done);
	}
	return (void *)(intptr_t)ended;
}

int main(void)
{
	pthread_t th;

	sem_init(&go, 0, 0);
	sem_init(&done, 0, 0);
	t_background();
	th = t_go(reader, NULL);
	for (int i = 0; i < ROUNDS; i++) {
		t_pair(SOCK_STREAM, fd);
		sem_post(&go);
		for (volatile int k = i % 100 * 100; k; k--)
			;
		DO(close(fd[0]));
		DO(close(fd[1]));
		sem_wait(&done);
	}
	printf("%d ended\n", (int)(intptr_t)t_join(th));
	return t_end();
}
