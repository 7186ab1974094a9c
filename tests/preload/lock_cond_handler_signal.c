/* Signals of a condition are not lost while its only waiter is in a signal
 * handler: ping-pong under fire. */
#include "t.h"

enum { ROUNDS = 20000 };
static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t c = PTHREAD_COND_INITIALIZER;
static int turn, done, hits;

static void on(int sig)
{
	(void)sig;
	t_inc(&hits);
}

static void *player(void *arg)
{
	int me = arg != NULL;

	PDO(pthread_mutex_lock(&m));
	for (int i = 0; i < ROUNDS; i++) {
		while (turn != me)
			PDO(pthread_cond_wait(&c, &m));
		turn = !me;
		PDO(pthread_cond_signal(&c));
	}
	PDO(pthread_mutex_unlock(&m));
	t_inc(&done);
	while (t_get(&done) < 2)
		t_settle();
	return NULL;
}

int main(void)
{
	pthread_t th[2];

	t_handle(SIGUSR1, on, 0);
	th[0] = t_go(player, NULL);
	th[1] = t_go(player, &turn);
	while (t_get(&done) < 2) {
		pthread_kill(th[0], SIGUSR1);
		pthread_kill(th[1], SIGUSR1);
		usleep(50);
	}
	t_join(th[0]);
	t_join(th[1]);
	CHECK(hits > 0);
	return t_end();
}
