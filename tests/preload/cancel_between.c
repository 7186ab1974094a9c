/* Threads that are cancelled between waits, in calls that libc makes itself
 * cancellable: each ends once, and takes nobody with it. */
#include "t.h"

#define ROUNDS 150
static int data[2];
static int ended;

static void clean(void *arg)
{
	(void)arg;
	t_inc(&ended);
}

static void *worker(void *arg)
{
	char b;

	(void)arg;
	pthread_cleanup_push(clean, NULL);
	for (;;) {
		int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

		(void)!read(fd, &b, 1);
		close(fd);
		usleep(1);
		/* two take turns to wait for what the other puts back */
		if (read(data[0], &b, 1) == 1)
			(void)!write(data[1], &b, 1);
	}
	pthread_cleanup_pop(0);
	return NULL;
}

int main(void)
{
	int right = 0;

	DO(pipe(data));
	t_background();
	for (int i = 0; i < ROUNDS; i++) {
		pthread_t th[2];

		t_put(data[1], "x", 1);
		for (int k = 0; k < 2; k++)
			th[k] = t_go(worker, NULL);
		for (volatile int k = i % 50 * 400; k; k--)
			;
		for (int k = 0; k < 2; k++)
			pthread_cancel(th[k]);
		for (int k = 0; k < 2; k++)
			right += t_join(th[k]) == PTHREAD_CANCELED;
	}
	printf("%d cancelled, %d cleaned up\n", right, ended);
	return t_end();
}
