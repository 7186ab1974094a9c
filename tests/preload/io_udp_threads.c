/* Four threads wait on one UDP socket and echo; every question is answered. */
#include "t.h"

#define THREADS 4
#define ROUNDS 400
static int srv;

static void *echo(void *arg)
{
	struct sockaddr_in from;
	socklen_t len;
	int v;

	(void)arg;
	for (;;) {
		len = sizeof(from);
		if (recvfrom(srv, &v, sizeof(v), 0, (struct sockaddr *)&from,
			     &len) != sizeof(v))
			t_die("recvfrom");
		if (v < 0)
			return NULL;
		v = v * 2 + 1;
		DO(sendto(srv, &v, sizeof(v), 0, (struct sockaddr *)&from,
			  len));
	}
}

int main(void)
{
	struct sockaddr_in sa;
	pthread_t th[THREADS];
	int c, bad = 0, stop = -1;

	srv = t_bound(SOCK_DGRAM, &sa);
	c = DO(socket(AF_INET, SOCK_DGRAM, 0));
	DO(connect(c, (struct sockaddr *)&sa, sizeof(sa)));
	for (int i = 0; i < THREADS; i++)
		th[i] = t_go(echo, NULL);
	for (int i = 0; i < ROUNDS; i++) {
		int v = i;

		t_put(c, &v, sizeof(v));
		t_take(c, &v, sizeof(v));
		bad += v != i * 2 + 1;
	}
	for (int i = 0; i < THREADS; i++)
		t_put(c, &stop, sizeof(stop));
	for (int i = 0; i < THREADS; i++)
		t_join(th[i]);
	printf("%d bad\n", bad);
	return t_end();
}
