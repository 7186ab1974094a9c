/* Robust mutexes: the owner ends, the next gets EOWNERDEAD; repaired or not. */
#include "t.h"

static pthread_mutex_t m;
static int fd[2], held;

static void *dies(void *arg)
{
	char b;

	PDO(pthread_mutex_lock(&m));
	t_set(&held, 1);
	if (arg)
		t_take(fd[0], &b, 1);
	return NULL;
}

static void release(int s)
{
	t_put(s, "x", 1);
}

static void fresh(void)
{
	pthread_mutexattr_t at;

	PDO(pthread_mutexattr_init(&at));
	PDO(pthread_mutexattr_setrobust(&at, PTHREAD_MUTEX_ROBUST));
	PDO(pthread_mutex_init(&m, &at));
	t_set(&held, 0);
}

static void body(void)
{
	pthread_t th, r;

	fresh();
	t_join(t_go(dies, NULL));
	PSHOW(pthread_mutex_trylock(&m));
	PSHOW(pthread_mutex_consistent(&m));
	PSHOW(pthread_mutex_unlock(&m));
	PSHOW(pthread_mutex_lock(&m));
	PSHOW(pthread_mutex_unlock(&m));
	PSHOW(pthread_mutex_destroy(&m));
	/* The owner ends while another waits. */
	fresh();
	th = t_go(dies, fd);
	t_await(t_get(&held));
	r = t_after(release, fd[1]);
	PSHOW(pthread_mutex_lock(&m));
	/* Not repaired: nobody can have it any more. */
	PSHOW(pthread_mutex_unlock(&m));
	PSHOW(pthread_mutex_lock(&m));
	PSHOW(pthread_mutex_trylock(&m));
	t_join(r);
	t_join(th);
	PSHOW(pthread_mutex_destroy(&m));
}

int main(void)
{
	DO(pipe(fd));
	t_both(body);
	return t_end();
}
