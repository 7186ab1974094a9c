/* A thread a connection, one short request each: the classic server. */
#include "t.h"

#define CONNS 200
static struct sockaddr_in sa;
static int served;

static void *worker(void *arg)
{
	int s = (int)(intptr_t)arg, n = 0;
	char b[256];
	ssize_t r;

	while (n < 255 && (r = read(s, b + n, 255 - (size_t)n)) > 0) {
		n += (int)r;
		b[n] = 0;
		if (strstr(b, "\r\n\r\n"))
			break;
	}
	n = snprintf(b, sizeof(b), "HTTP/1.0 200 OK\r\n\r\n%d", n);
	t_put(s, b, (size_t)n);
	DO(close(s));
	t_inc(&served);
	return NULL;
}

static void *client(void *arg)
{
	long bad = 0;

	(void)arg;
	for (int i = 0; i < CONNS / 4; i++) {
		static const char ask[] = "GET / HTTP/1.0\r\n\r\n";
		char b[256] = "";
		int s = t_connect(&sa), n = 0;
		ssize_t r;

		t_put(s, ask, 5);
		t_put(s, ask + 5, sizeof(ask) - 6);
		while ((r = read(s, b + n, 255 - (size_t)n)) > 0)
			n += (int)r;
		bad += r != 0 || strcmp(b, "HTTP/1.0 200 OK\r\n\r\n18") != 0;
		DO(close(s));
	}
	return (void *)bad;
}

int main(void)
{
	int l = t_listen(&sa);
	pthread_t th[4];
	long bad = 0;

	for (int i = 0; i < 4; i++)
		th[i] = t_go(client, NULL);
	for (int i = 0; i < CONNS; i++) {
		int a = DO(accept(l, NULL, NULL));

		PDO(pthread_detach(t_go(worker, (void *)(intptr_t)a)));
	}
	for (int i = 0; i < 4; i++)
		bad += (long)t_join(th[i]);
	t_await(t_get(&served) == CONNS);
	printf("%d served, %ld bad\n", served, bad);
	return t_end();
}
