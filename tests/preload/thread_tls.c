/* __thread variables start fresh in each thread, whatever earlier ones did. */
#include "t.h"

static __thread int number = 42;
static __thread char text[200] = "initial";
static __thread int zero[500];
static __thread struct {
	long a;
	void *p;
} __attribute__((aligned(64))) aligned = { 7, &t_bad };
static int fd[2];

static int fresh(void)
{
	int sum = 0;

	for (int i = 0; i < 500; i++)
		sum |= zero[i];
	for (int i = 8; i < 200; i++)
		sum |= text[i];
	return number == 42 && !strcmp(text, "initial") && !sum &&
	       aligned.a == 7 && aligned.p == &t_bad &&
	       (uintptr_t)&aligned % 64 == 0;
}

static void spoil(int v)
{
	number = v;
	memset(text, v, sizeof(text));
	for (int i = 0; i < 500; i++)
		zero[i] = v;
	aligned.a = v;
	aligned.p = NULL;
}

static void *worker(void *arg)
{
	int v = (int)(intptr_t)arg + 1, ok = fresh();
	char b;

	spoil(v);
	t_put(fd[1], "x", 1);
	t_take(fd[0], &b, 1);
	/* After the wait it is still this thread's own. */
	ok = ok && number == v && text[77] == (char)v && zero[499] == v;
	return (void *)(intptr_t)ok;
}

int main(void)
{
	long good = 0;

	DO(pipe(fd));
	for (int w = 0; w < 20; w++) {
		pthread_t th[20];

		for (int i = 0; i < 20; i++)
			th[i] = t_go(worker, (void *)(intptr_t)i);
		for (int i = 0; i < 20; i++)
			good += (long)t_join(th[i]);
	}
	printf("%ld fresh\n", good);
	CHECK(fresh());
	return t_end();
}
