/* Everything at once for a moment: short threads, locks, sleeps, sockets. */
#include "t.h"

static struct sockaddr_in sa;
static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t c = PTHREAD_COND_INITIALIZER;
static long sum, finished;

static void *serve(void *arg)
{
	int fd = (int)(intptr_t)arg;
	long v;

	while (recv(fd, &v, sizeof(v), MSG_WAITALL) == sizeof(v)) {
		if (v % 16 == 0)
			usleep(200);
		PDO(pthread_mutex_lock(&m));
		sum += v;
		PDO(pthread_mutex_unlock(&m));
		v = -v;
		t_put(fd, &v, sizeof(v));
	}
	DO(close(fd));
	PDO(pthread_mutex_lock(&m));
	finished++;
	PDO(pthread_cond_broadcast(&c));
	PDO(pthread_mutex_unlock(&m));
	return NULL;
}

static void *acceptor(void *arg)
{
	int l = (int)(intptr_t)arg;

	for (int i = 0; i < 80; i++) {
		int a = DO(accept(l, NULL, NULL));

		PDO(pthread_detach(t_go(serve, (void *)(intptr_t)a)));
	}
	return NULL;
}

static void *client(void *arg)
{
	long bad = 0, base = (long)(intptr_t)arg;

	for (int i = 0; i < 10; i++) {
		int s = t_connect(&sa);

		for (long r = 0; r < 10; r++) {
			long v = base + r, w;
			struct pollfd p = { s, POLLIN, 0 };

			t_put(s, &v, sizeof(v));
			if (r % 3 == 0 && poll(&p, 1, 10000) != 1)
				bad++;
			t_take(s, &w, sizeof(w));
			bad += w != -v;
		}
		DO(close(s));
	}
	return (void *)bad;
}

int main(void)
{
	int l = t_listen(&sa);
	pthread_t a = t_go(acceptor, (void *)(intptr_t)l), th[8];
	long bad = 0;

	for (long i = 0; i < 8; i++)
		th[i] = t_go(client, (void *)(i * 100));
	for (int i = 0; i < 8; i++)
		bad += (long)t_join(th[i]);
	t_join(a);
	PDO(pthread_mutex_lock(&m));
	while (finished < 80)
		PDO(pthread_cond_wait(&c, &m));
	PDO(pthread_mutex_unlock(&m));
	printf("sum %ld, %ld bad\n", sum, bad);
	return t_end();
}
