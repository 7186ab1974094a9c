/* Many threads wait, inside libc, for the lock of a FILE whose holder waits
 * for a message; there is no room for a helper each (few descriptors). */
#include "t.h"

#define THREADS 24
static FILE *f;
static int s[2], in, got, shared[THREADS][2];

static void *holder(void *arg)
{
	char c;

	(void)arg;
	flockfile(f);
	t_inc(&in);
	t_take(s[0], &c, 1);
	fputc(c, f);
	funlockfile(f);
	return NULL;
}

static void *waiter(void *arg)
{
	char c;

	t_take(((int *)arg)[0], &c, 1);
	t_inc(&in);
	fputc('w', f);
	t_inc(&got);
	return NULL;
}

int main(void)
{
	struct rlimit rl = { 2 * THREADS + 16, 2 * THREADS + 16 };
	static char text[THREADS + 2];
	pthread_t h, th[THREADS];

	DO(setrlimit(RLIMIT_NOFILE, &rl));
	f = fmemopen(text, sizeof(text), "w");
	setvbuf(f, NULL, _IONBF, 0);
	t_pair(SOCK_STREAM, s);
	for (int i = 0; i < THREADS; i++) {
		t_pair(SOCK_STREAM, shared[i]);
		th[i] = t_go(waiter, shared[i]);
	}
	h = t_go(holder, NULL);
	t_await(t_get(&in) == 1);
	for (int i = 0; i < THREADS; i++)
		t_put(shared[i][1], "x", 1);
	t_await(t_get(&in) == THREADS + 1);
	printf("%d got it\n", t_get(&got));
	t_put(s[1], "!", 1);
	t_join(h);
	for (int i = 0; i < THREADS; i++)
		t_join(th[i]);
	fclose(f);
	printf("%c %zu\n", text[0], strlen(text));
	return t_end();
}
