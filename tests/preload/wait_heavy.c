/*
 * Threads that compute for long before each wait, in each of the ways to wait.
 * (The shim has them wait at home from some time on; at that moment they may
 * have begun to wait away.)
 */
#include "t.h"

#include <poll.h>
#include <semaphore.h>

#define ROUNDS 60

static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t c = PTHREAD_COND_INITIALIZER;
static int turn;

struct pair {
	int in[2], other[2], out[2];	/* socket, pipe, pipe */
	sem_t sem;
};

/* A millisecond of the CPU's, about. */
static void compute(void)
{
	for (volatile int i = 0; i < 600000; i++)
		;
}

static void say_ready(struct pair *p)
{
	t_put(p->out[1], "", 1);
}

static void *receives(void *arg)
{
	struct pair *p = arg;
	char byte;

	for (int i = 0; i < ROUNDS; i++) {
		compute();
		say_ready(p);
		t_take(p->in[0], &byte, 1);
	}
	return NULL;
}

static void *polls(void *arg)
{
	struct pair *p = arg;
	struct pollfd set[2] = { { .fd = p->other[0], .events = POLLIN },
				 { .fd = p->in[0], .events = POLLIN } };
	char byte;

	for (int i = 0; i < ROUNDS; i++) {
		compute();
		say_ready(p);
		if (poll(set, 2, -1) != 1 || set[1].revents != POLLIN)
			return "poll";
		t_take(p->in[0], &byte, 1);
	}
	return NULL;
}

static void *posted(void *arg)
{
	struct pair *p = arg;

	for (int i = 0; i < ROUNDS; i++) {
		compute();
		say_ready(p);
		while (sem_wait(&p->sem))
			;
	}
	return NULL;
}

static void *in_turn(void *arg)
{
	int mine = arg != NULL;

	for (int i = 0; i < ROUNDS; i++) {
		compute();
		pthread_mutex_lock(&m);
		while (turn % 2 != mine)
			pthread_cond_wait(&c, &m);
		turn++;
		pthread_cond_broadcast(&c);
		pthread_mutex_unlock(&m);
	}
	return NULL;
}

/* Answers each ready with what its thread waits for. */
static void *answers(void *arg)
{
	struct pair *p = arg;
	char byte;

	for (int i = 0; i < ROUNDS; i++) {
		t_take(p->out[0], &byte, 1);
		sem_post(&p->sem);
		t_put(p->in[1], &byte, 1);
	}
	return NULL;
}

int main(void)
{
	static void *(*const kinds[])(void *) = { receives, polls, posted };
	static struct pair p[6];
	pthread_t th[14];
	int n = 0;

	for (int i = 0; i < 6; i++) {
		t_pair(SOCK_STREAM, p[i].in);
		if (pipe(p[i].other) || pipe(p[i].out) ||
		    sem_init(&p[i].sem, 0, 0))
			return 1;
		th[n++] = t_go(kinds[i % 3], &p[i]);
		th[n++] = t_go(answers, &p[i]);
	}
	th[n++] = t_go(in_turn, NULL);
	th[n++] = t_go(in_turn, p);
	for (int i = 0; i < n; i++) {
		const char *why = t_join(th[i]);

		if (why)
			printf("%d: %s\n", i, why);
	}
	printf("turns %d\n", turn);
	return t_end();
}
