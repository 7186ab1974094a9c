/* Prefork with threads: children share a listener, each connection is served
 * once; a process without threads accepts on it, too. */
#include "t.h"

#define CHILDREN 3
#define CONNS 60
static int l;

static void *server(void *arg)
{
	(void)arg;
	for (;;) {
		int a = DO(accept(l, NULL, NULL));
		unsigned char c;

		if (read(a, &c, 1) == 1) {
			if (c == 255)
				_exit(0);
			c++;
			t_put(a, &c, 1);
		}
		DO(close(a));
	}
}

int main(void)
{
	struct sockaddr_in sa;
	int bad = 0;
	pid_t pid[CHILDREN];

	l = t_listen(&sa);
	t_background();
	for (int i = 0; i < CHILDREN; i++) {
		pid[i] = DO(fork());
		if (!pid[i]) {
			alarm(25);
			if (i)
				t_go(server, NULL);
			if (i > 1)
				t_go(server, NULL);
			server(NULL);
		}
	}
	for (int i = 0; i < CONNS; i++) {
		unsigned char c = (unsigned char)i;
		int s = t_connect(&sa);

		t_put(s, &c, 1);
		t_take(s, &c, 1);
		bad += c != i + 1;
		DO(close(s));
	}
	printf("%d bad\n", bad);
	for (int left = CHILDREN; left;) {
		unsigned char c = 255;
		int s = t_connect(&sa);

		/* Whoever gets it ends; the connection ends with it. */
		t_put(s, &c, 1);
		SHOW(read(s, &c, 1));
		DO(close(s));
		left--;
	}
	for (int i = 0; i < CHILDREN; i++)
		t_reap(pid[i]);
	printf("%#x\n", DO(fcntl(l, F_GETFL)));
	return t_end();
}
