/* The thread-pool server: accept in main, a queue under mutex and condition,
 * workers with time limits on their sockets. */
#include "t.h"

#define WORKERS 6
#define CONNS 120
static struct sockaddr_in sa;
static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t c = PTHREAD_COND_INITIALIZER;
static int queue[CONNS + WORKERS], head, tail;

static void push(int fd)
{
	PDO(pthread_mutex_lock(&m));
	queue[tail++] = fd;
	PDO(pthread_cond_signal(&c));
	PDO(pthread_mutex_unlock(&m));
}

static void *worker(void *arg)
{
	struct timeval tv = { 10, 0 };
	long served = 0;

	(void)arg;
	for (;;) {
		unsigned char n, buf[255];
		int fd;

		PDO(pthread_mutex_lock(&m));
		while (head == tail)
			PDO(pthread_cond_wait(&c, &m));
		fd = queue[head++];
		PDO(pthread_mutex_unlock(&m));
		if (fd < 0)
			return (void *)served;
		DO(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv)));
		while (recv(fd, &n, 1, 0) == 1) {
			t_take(fd, buf, n);
			for (int i = 0; i < n / 2; i++) {
				unsigned char t = buf[i];

				buf[i] = buf[n - 1 - i];
				buf[n - 1 - i] = t;
			}
			t_put(fd, buf, n);
			served++;
		}
		DO(close(fd));
	}
}

static void *client(void *arg)
{
	long bad = 0;

	(void)arg;
	for (int k = 0; k < CONNS / 4; k++) {
		int s = t_connect(&sa);

		for (int r = 0; r < 4; r++) {
			unsigned char n = (unsigned char)(k + r + 1);
			unsigned char buf[255];

			for (int i = 0; i < n; i++)
				buf[i] = (unsigned char)(i + r);
			t_put(s, &n, 1);
			t_put(s, buf, n);
			t_take(s, buf, n);
			for (int i = 0; i < n; i++)
				bad += buf[i] !=
				       (unsigned char)(n - 1 - i + r);
		}
		DO(close(s));
	}
	return (void *)bad;
}

int main(void)
{
	pthread_t w[WORKERS], cl[4];
	int l = t_listen(&sa);
	long served = 0, bad = 0;

	for (int i = 0; i < WORKERS; i++)
		w[i] = t_go(worker, NULL);
	for (int i = 0; i < 4; i++)
		cl[i] = t_go(client, NULL);
	for (int i = 0; i < CONNS; i++)
		push(DO(accept(l, NULL, NULL)));
	for (int i = 0; i < 4; i++)
		bad += (long)t_join(cl[i]);
	for (int i = 0; i < WORKERS; i++)
		push(-1);
	for (int i = 0; i < WORKERS; i++)
		served += (long)t_join(w[i]);
	printf("%ld served, %ld bad\n", served, bad);
	return t_end();
}
