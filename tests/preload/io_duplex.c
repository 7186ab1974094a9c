/* One socket, two threads on each side: megabytes both ways at once. */
#include "t.h"

#define SIZE (2u << 20)

static void *sender(void *arg)
{
	int s = (int)(intptr_t)arg;
	unsigned char b[7001];
	size_t at = 0;

	while (at < SIZE) {
		size_t n = SIZE - at < sizeof(b) ? SIZE - at : sizeof(b);

		for (size_t i = 0; i < n; i++)
			b[i] = t_byte(at + i);
		t_put(s, b, n);
		at += n;
	}
	return NULL;
}

static void *receiver(void *arg)
{
	int s = (int)(intptr_t)arg;
	unsigned char b[9001];
	size_t at = 0;
	long bad = 0;

	while (at < SIZE) {
		ssize_t n = recv(s, b, sizeof(b), 0);

		if (n <= 0)
			t_die("recv");
		for (ssize_t i = 0; i < n; i++, at++)
			bad += b[i] != t_byte(at);
	}
	return (void *)bad;
}

static void one(int s[2])
{
	pthread_t th[4];

	for (int i = 0; i < 2; i++) {
		th[i] = t_go(receiver, (void *)(intptr_t)s[i]);
		th[2 + i] = t_go(sender, (void *)(intptr_t)s[i]);
	}
	for (int i = 0; i < 4; i++)
		printf("%ld wrong\n", (long)t_join(th[i]));
}

int main(void)
{
	t_sockets(one);
	return t_end();
}
