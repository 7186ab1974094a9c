/* Several threads in accept(), and fewer connections: each goes to one thread,
 * and those that got none can still be interrupted, cancelled, and served. */
#include "t.h"

enum {
	THREADS = 4
};

struct acceptor {
	pthread_t th;
	int up, result; /* 0: waits */
};

enum {
	SERVED = 1,
	INTERRUPTED,
	FAILED
};

static struct acceptor all[THREADS];
/* Whose clock is asked for, and who so waits at home: nobody's; each its own; every
 * other one's, while it waits. */
enum {
	NONE,
	OWN,
	MIXED,
	CLOCKS
};
static const int rounds[CLOCKS] = { 8, 8, 150 };
static int l, clocked;

static void on(int sig)
{
	(void)sig;
}

static void *acceptor(void *arg)
{
	struct acceptor *a = arg;
	clockid_t clock;
	int c, r;

	if (clocked == OWN)
		PDO(pthread_getcpuclockid(pthread_self(), &clock));
	t_set(&a->up, 1);
	c = accept(l, NULL, NULL);
	r = c >= 0 ? SERVED : errno == EINTR ? INTERRUPTED : FAILED;
	if (c >= 0) {
		t_put(c, "hello", 5);
		DO(close(c));
	}
	t_set(&a->result, r);
	return NULL;
}

static void begin(void)
{
	clockid_t clock;

	memset(all, 0, sizeof(all));
	for (int i = 0; i < THREADS; i++) {
		all[i].th = t_go(acceptor, &all[i]);
		t_await(t_get(&all[i].up));
	}
	t_settle();
	if (clocked != MIXED)
		return;
	for (int i = 0; i < THREADS; i += 2)
		PDO(pthread_getcpuclockid(all[i].th, &clock));
	t_settle();
}

static void visit(const struct sockaddr_in *sa)
{
	int c = t_connect(sa);
	char b[6] = "";

	t_take(c, b, 5);
	printf("%s\n", b);
	SHOW(read(c, b, 1));
	DO(close(c));
}

/* One that still waits, and is to be asked no more. */
static struct acceptor *one_left(void)
{
	static int from;

	for (;;) {
		struct acceptor *a = &all[from++ % THREADS];

		if (a->th && !t_get(&a->result))
			return a;
	}
}

static int how_many(int result)
{
	int n = 0;

	for (int i = 0; i < THREADS; i++)
		n += t_get(&all[i].result) == result;
	return n;
}

static void round_of(const struct sockaddr_in *sa)
{
	struct acceptor *a;

	begin();
	visit(sa);
	t_await(how_many(SERVED) == 1);
	t_settle();
	SHOW(how_many(0));
	a = one_left();
	t_await((pthread_kill(a->th, SIGUSR1), t_get(&a->result)));
	SHOW(a->result == INTERRUPTED);
	a = one_left();
	PDO(pthread_cancel(a->th));
	SHOW(t_join(a->th) == PTHREAD_CANCELED);
	a->th = 0;
	t_set(&a->result, FAILED);
	visit(sa);
	t_await(how_many(SERVED) == 2);
	SHOW(how_many(0));
	for (int i = 0; i < THREADS; i++)
		if (all[i].th)
			t_join(all[i].th);
}

int main(void)
{
	struct sockaddr_in sa;

	t_handle(SIGUSR1, on, 0);
	t_background();
	l = t_listen(&sa);
	for (clocked = NONE; clocked < CLOCKS; clocked++)
		for (int i = 0; i < rounds[clocked]; i++)
			round_of(&sa);
	DO(close(l));
	return t_end();
}
