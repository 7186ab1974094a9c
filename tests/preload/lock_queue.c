/* Producers and consumers over a bounded queue; consumers talk to sockets. */
#include "t.h"

#define ITEMS 4000
#define ROOM 8
static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t not_full = PTHREAD_COND_INITIALIZER;
static pthread_cond_t not_empty = PTHREAD_COND_INITIALIZER;
static int queue[ROOM], head, used, fd[2];

static void *producer(void *arg)
{
	long base = (long)(intptr_t)arg;

	for (int i = 0; i < ITEMS; i++) {
		PDO(pthread_mutex_lock(&m));
		while (used == ROOM)
			PDO(pthread_cond_wait(&not_full, &m));
		queue[(head + used++) % ROOM] = (int)base + i;
		PDO(pthread_cond_signal(&not_empty));
		PDO(pthread_mutex_unlock(&m));
	}
	return NULL;
}

static void *consumer(void *arg)
{
	(void)arg;
	for (int i = 0; i < ITEMS; i++) {
		int v;

		PDO(pthread_mutex_lock(&m));
		while (!used)
			PDO(pthread_cond_wait(&not_empty, &m));
		v = queue[head];
		head = (head + 1) % ROOM;
		used--;
		PDO(pthread_cond_signal(&not_full));
		PDO(pthread_mutex_unlock(&m));
		t_put(fd[1], &v, sizeof(v));
	}
	return NULL;
}

int main(void)
{
	static unsigned char seen[3 * ITEMS];
	pthread_t th[6];
	int bad = 0;

	t_pair(SOCK_STREAM, fd);
	for (long i = 0; i < 3; i++) {
		th[i] = t_go(producer, (void *)(i * ITEMS));
		th[3 + i] = t_go(consumer, NULL);
	}
	for (int i = 0; i < 3 * ITEMS; i++) {
		int v;

		t_take(fd[0], &v, sizeof(v));
		seen[v]++;
	}
	for (int i = 0; i < 6; i++)
		t_join(th[i]);
	for (int i = 0; i < 3 * ITEMS; i++)
		bad += seen[i] != 1;
	printf("%d bad\n", bad);
	return t_end();
}
