/* A thread that is cancelled as soon as it is made, and may not have begun,
 * ends at its first cancellation point, which is one of libc's own waits. */
#include "t.h"

#define ROUNDS 300

static void nothing(void)
{
}

static void *worker(void *arg)
{
	(void)arg;
	for (;;)
		pause();
	return NULL;
}

int main(void)
{
	int cancelled = 0;

	t_background();
	for (int i = 0; i < ROUNDS; i++) {
		pthread_t th[3];

		/* those that have returned may serve again */
		for (int j = 0; j < 3; j++)
			t_in_thread(nothing);
		for (int j = 0; j < 3; j++) {
			th[j] = t_go(worker, NULL);
			PDO(pthread_cancel(th[j]));
		}
		for (int j = 0; j < 3; j++)
			cancelled += t_join(th[j]) == PTHREAD_CANCELED;
	}
	CHECK(cancelled == 3 * ROUNDS);
	return t_end();
}
