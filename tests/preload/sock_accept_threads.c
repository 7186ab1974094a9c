/* Several threads in accept() on one listener: each connection goes to one. */
#include "t.h"

#define THREADS 4
#define CONNS 100
static int l;

static void *server(void *arg)
{
	long served = 0;

	(void)arg;
	for (;;) {
		int a = DO(accept(l, NULL, NULL));
		unsigned char c;

		t_take(a, &c, 1);
		if (c == 255) {
			DO(close(a));
			return (void *)served;
		}
		c++;
		t_put(a, &c, 1);
		DO(close(a));
		served++;
	}
}

int main(void)
{
	struct sockaddr_in sa;
	pthread_t th[THREADS];
	long sum = 0;
	int bad = 0;

	l = t_listen(&sa);
	for (int i = 0; i < THREADS; i++)
		th[i] = t_go(server, NULL);
	for (int i = 0; i < CONNS + THREADS; i++) {
		unsigned char c = i < CONNS ? (unsigned char)i : 255;
		int s = t_connect(&sa);

		t_put(s, &c, 1);
		if (i < CONNS) {
			t_take(s, &c, 1);
			bad += c != i + 1;
		}
		DO(close(s));
	}
	for (int i = 0; i < THREADS; i++)
		sum += (long)t_join(th[i]);
	printf("%ld served, %d bad\n", sum, bad);
	return t_end();
}
