/* A relay's loop: poll() over two sockets moves bytes both ways to the end. */
#include "t.h"

#define SIZE 300000
static int a[2], b[2];

static void *relay(void *arg)
{
	struct pollfd p[2] = { { a[0], POLLIN, 0 }, { b[0], POLLIN, 0 } };
	int open = 2;
	char buf[4096];

	(void)arg;
	while (open) {
		if (poll(p, 2, -1) <= 0)
			t_die("poll");
		for (int i = 0; i < 2; i++) {
			int to = i ? a[0] : b[0];
			ssize_t n;

			if (p[i].fd < 0 || !p[i].revents)
				continue;
			n = read(p[i].fd, buf, sizeof(buf));
			if (n > 0) {
				t_put(to, buf, (size_t)n);
				continue;
			}
			DO(shutdown(to, SHUT_WR));
			p[i].fd = -1;
			open--;
		}
	}
	return NULL;
}

static void *pusher(void *arg)
{
	int s = *(int *)arg;
	unsigned char buf[SIZE];

	for (size_t i = 0; i < SIZE; i++)
		buf[i] = t_byte(i);
	t_put(s, buf, SIZE);
	DO(shutdown(s, SHUT_WR));
	return NULL;
}

static void *puller(void *arg)
{
	unsigned char buf[1000];
	size_t at = 0;
	long bad = 0;
	ssize_t n;

	while ((n = read(*(int *)arg, buf, sizeof(buf))) > 0)
		for (ssize_t i = 0; i < n; i++, at++)
			bad += buf[i] != t_byte(at);
	return (void *)(bad * 10000000 + (long)at);
}

int main(void)
{
	pthread_t th[5];

	t_tcp(a);
	t_pair(SOCK_STREAM, b);
	th[0] = t_go(relay, NULL);
	th[1] = t_go(pusher, &a[1]);
	th[2] = t_go(pusher, &b[1]);
	th[3] = t_go(puller, &a[1]);
	th[4] = t_go(puller, &b[1]);
	for (int i = 0; i < 3; i++)
		t_join(th[i]);
	printf("%ld %ld\n", (long)t_join(th[3]), (long)t_join(th[4]));
	return t_end();
}
