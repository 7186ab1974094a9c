/* Who joins a thread that has ended does not wait, and so is not cancelled;
 * pthread_tryjoin_np() never is. */
#include "t.h"

static sem_t go;
static pthread_t other;
static int after;

static void *nothing(void *arg)
{
	return arg;
}

static void *leaves(void *arg)
{
	pthread_exit(arg);
}

static void *waits(void *arg)
{
	sem_wait(arg);
	return NULL;
}

static int j_join(void)
{
	return pthread_join(other, NULL);
}

static int j_clockjoin(void)
{
	struct timespec ts = t_in(CLOCK_MONOTONIC, 15000);

	return pthread_clockjoin_np(other, NULL, CLOCK_MONOTONIC, &ts);
}

static int j_timedjoin(void)
{
	struct timespec ts = t_in(CLOCK_REALTIME, 15000);

	return pthread_timedjoin_np(other, NULL, &ts);
}

static int j_tryjoin(void)
{
	return pthread_tryjoin_np(other, NULL);
}

static const struct {
	const char *name;
	int (*fn)(void);
} ways[] = {
#define W(x) { #x, j_##x }
	W(join), W(clockjoin), W(timedjoin), W(tryjoin),
};

static void *joiner(void *arg)
{
	int (*fn)(void) = *(int (*const *)(void))arg;
	int r, old;

	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &old);
	while (sem_wait(&go))
		;
	pthread_setcancelstate(old, NULL);
	r = fn();
	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &old);
	PSHOW(r);
	t_set(&after, 1);
	pthread_setcancelstate(old, NULL);
	pthread_testcancel();
	printf("went on\n");
	return NULL;
}

/* Is it cancelled, and had it come past the call? */
static void one(size_t i)
{
	pthread_t th;

	t_set(&after, 0);
	th = t_go(joiner, (void *)&ways[i].fn);
	PDO(pthread_cancel(th));
	DO(sem_post(&go));
	printf("%s: %d, ", ways[i].name, t_join(th) == PTHREAD_CANCELED);
	printf("%d\n", t_get(&after));
}

int main(void)
{
	sem_t end;
	clockid_t clock;

	DO(sem_init(&go, 0, 0));
	DO(sem_init(&end, 0, 0));
	t_background();
	for (size_t i = 0; i < sizeof(ways) / sizeof(*ways); i++) {
		other = t_go(nothing, NULL);
		/* until the kernel, too, has done with it */
		t_await(pthread_getcpuclockid(other, &clock) == ESRCH);
		one(i);
		other = t_go(leaves, NULL);
		t_await(pthread_getcpuclockid(other, &clock) == ESRCH);
		one(i);
		/* while it runs, all others are cancelled in the wait */
		other = t_go(waits, &end);
		one(i);
		DO(sem_post(&end));
		t_join(other);
	}
	return t_end();
}
