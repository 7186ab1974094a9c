/* Handlers run in the thread they are for: its thread-local variables, its
 * stack, its id; while it waits in many ways. */
#include "t.h"

#define KINDS 6
static int fd[2], hits, wrong, up, stop;
static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
static sem_t sem;
static __thread char *lo, *hi;
static __thread pthread_t me;
static __thread int tid;

static void on(int sig)
{
	char local;

	(void)sig;
	if (&local < lo || &local >= hi || !pthread_equal(me, pthread_self()) ||
	    tid != gettid())
		t_inc(&wrong);
	t_inc(&hits);
}

static void *worker(void *arg)
{
	long kind = (long)(intptr_t)arg;
	struct pollfd p = { .fd = fd[0], .events = POLLIN };
	pthread_attr_t attr;
	void *stack;
	size_t size;
	char b;

	PDO(pthread_getattr_np(pthread_self(), &attr));
	PDO(pthread_attr_getstack(&attr, &stack, &size));
	PDO(pthread_attr_destroy(&attr));
	lo = stack;
	hi = lo + size;
	tid = gettid();
	me = pthread_self();
	t_inc(&up);
	switch (kind) {
	case 0:
		while (read(fd[0], &b, 1) < 0)
			;
		break;
	case 1:
		while (poll(&p, 1, -1) < 0)
			;
		break;
	case 2:
		while (sem_wait(&sem) < 0)
			;
		break;
	case 3:
		PDO(pthread_mutex_lock(&m));
		PDO(pthread_mutex_unlock(&m));
		break;
	case 4:
		while (!t_get(&stop))
			t_msleep(1);
		break;
	default:
		while (!t_get(&stop))
			;
	}
	return NULL;
}

int main(void)
{
	pthread_t th[KINDS];

	t_handle(SIGUSR1, on, 0);
	DO(pipe(fd));
	DO(sem_init(&sem, 0, 0));
	PDO(pthread_mutex_lock(&m));
	for (long i = 0; i < KINDS; i++)
		th[i] = t_go(worker, (void *)i);
	t_await(t_get(&up) == KINDS);
	t_settle();
	for (int i = 1; i <= 10 * KINDS; i++) {
		PDO(pthread_kill(th[i % KINDS], SIGUSR1));
		t_await(t_get(&hits) == i);
	}
	t_set(&stop, 1);
	t_put(fd[1], "xx", 2);
	DO(sem_post(&sem));
	PDO(pthread_mutex_unlock(&m));
	for (int i = 0; i < KINDS; i++)
		t_join(th[i]);
	printf("%d hits, %d wrong\n", hits, wrong);
	return t_end();
}
