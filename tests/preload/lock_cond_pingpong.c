/* Two threads hand a turn to and fro through one condition variable. */
#include "t.h"

#define ROUNDS 3000
static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t c = PTHREAD_COND_INITIALIZER;
static int turn, count;

static void *player(void *arg)
{
	int me = (int)(intptr_t)arg;

	for (int i = 0; i < ROUNDS; i++) {
		PDO(pthread_mutex_lock(&m));
		while (turn != me)
			PDO(pthread_cond_wait(&c, &m));
		count++;
		turn = !me;
		PDO(pthread_cond_signal(&c));
		PDO(pthread_mutex_unlock(&m));
	}
	return NULL;
}

int main(void)
{
	pthread_t th = t_go(player, (void *)1);

	player(NULL);
	t_join(th);
	printf("%d\n", count);
	return t_end();
}
