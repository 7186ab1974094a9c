/* Signals, and set*id() of all threads, while threads take turns all the time:
 * whatever is interrupted, it goes on as itself, and a handler is its thread's. */
#include "t.h"
#include <semaphore.h>

#define THREADS 8
#define ROUNDS	400

static __thread int me;
static __thread uintptr_t low, high;
static pthread_t th[THREADS], known[THREADS];
static sem_t done;
static int next[THREADS][2];
static int wrong, hits, over;

static void check(int who, const void *sp)
{
	if (me != who || (uintptr_t)sp < low || (uintptr_t)sp >= high ||
	    !pthread_equal(known[who], pthread_self()))
		t_inc(&wrong);
}

static void on(int sig)
{
	int who = me, saved = errno;
	char here;

	(void)sig;
	if (high) /* it has begun */
		check(who, &here);
	errno = 1000 + who;
	t_inc(&hits);
	errno = saved;
}

static void own_stack(void)
{
	pthread_attr_t a;
	void *at;
	size_t size;

	PDO(pthread_getattr_np(pthread_self(), &a));
	PDO(pthread_attr_getstack(&a, &at, &size));
	pthread_attr_destroy(&a);
	low = (uintptr_t)at;
	t_set(&high, low + size);
}

static void *turn(void *arg)
{
	int who = (int)(intptr_t)arg;
	char c;

	me = who;
	known[who] = pthread_self();
	own_stack();
	for (int i = 0; i < ROUNDS; i++) {
		errno = who;
		while (read(next[who][0], &c, 1) != 1)
			errno = who;
		check(who, &c);
		if (errno != who)
			t_inc(&wrong);
		t_put(next[(who + 1) % THREADS][1], &c, 1);
	}
	sem_post(&done);
	return NULL;
}

static void *pest(void *arg)
{
	(void)arg;
	for (unsigned i = 0; !t_get(&over); i++) {
		pthread_kill(th[i % THREADS], SIGUSR1);
		if (i % THREADS == 0)
			usleep(100);
	}
	return NULL;
}

static void *setter(void *arg)
{
	gid_t g = getgid();

	(void)arg;
	while (!t_get(&over)) {
		if (setgid(g))
			t_inc(&wrong);
		usleep(300);
	}
	return NULL;
}

int main(void)
{
	pthread_t other[2];

	t_handle(SIGUSR1, on, SA_RESTART);
	sem_init(&done, 0, 0);
	for (int i = 0; i < THREADS; i++)
		DO(pipe(next[i]));
	for (int i = 0; i < THREADS; i++)
		th[i] = t_go(turn, (void *)(intptr_t)i);
	other[0] = t_go(pest, NULL);
	other[1] = t_go(setter, NULL);
	t_put(next[0][1], "x", 1);
	t_put(next[THREADS / 2][1], "x", 1);
	for (int i = 0; i < THREADS; i++)
		sem_wait(&done);
	t_set(&over, 1);
	for (int i = 0; i < 2; i++)
		t_join(other[i]);
	for (int i = 0; i < THREADS; i++)
		t_join(th[i]);
	CHECK(t_get(&hits) > 0);
	printf("wrong %d\n", wrong);
	return t_end();
}
