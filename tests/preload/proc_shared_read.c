/* Parent and child, each with threads, read one socket: every message comes to
 * exactly one of them. */
#include "t.h"

#define MESSAGES 200
static int in[2], out[2];

static void *reader(void *arg)
{
	(void)arg;
	for (;;) {
		int v;

		if (recv(in[0], &v, sizeof(v), 0) != sizeof(v) || v < 0)
			return NULL;
		t_put(out[1], &v, sizeof(v));
	}
}

static void readers(void)
{
	pthread_t th[2];

	for (int i = 0; i < 2; i++)
		th[i] = t_go(reader, NULL);
	for (int i = 0; i < 2; i++)
		t_join(th[i]);
}

int main(void)
{
	static unsigned char seen[MESSAGES];
	int bad = 0, v;
	pthread_t th;
	struct t_call c = { readers, NULL, 0 };
	pid_t pid;

	t_pair(SOCK_SEQPACKET, in);
	DO(pipe(out));
	t_background();
	pid = DO(fork());
	if (!pid) {
		alarm(25);
		readers();
		_exit(0);
	}
	th = t_call(c);
	for (v = 0; v < MESSAGES; v++)
		t_put(in[1], &v, sizeof(v));
	for (int i = 0; i < MESSAGES; i++) {
		t_take(out[0], &v, sizeof(v));
		seen[v]++;
	}
	for (int i = 0; i < MESSAGES; i++)
		bad += seen[i] != 1;
	printf("%d bad\n", bad);
	/* Two here and two there: one stop each. */
	for (int i = 0; i < 4; i++) {
		v = -1;
		t_put(in[1], &v, sizeof(v));
	}
	t_join(th);
	t_reap(pid);
	return t_end();
}
