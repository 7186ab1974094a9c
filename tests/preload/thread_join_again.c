/* What is said of a thread that has been joined already, or that was detached
   and has ended: libc keeps its stack, and so knows. */
#include "t.h"

static int over;

static void *returns(void *arg)
{
	(void)arg;
	t_settle();
	return NULL;
}

static void *exits(void *arg)
{
	(void)arg;
	pthread_exit(NULL);
}

static void at_end(void *arg)
{
	(void)arg;
	t_inc(&over);
}

static void *detached(void *arg)
{
	(void)arg;
	pthread_cleanup_push(at_end, NULL);
	t_settle();
	pthread_cleanup_pop(1);
	return NULL;
}

static void again(void *(*fn)(void *))
{
	pthread_t th = t_go(fn, NULL);

	PSHOW(pthread_join(th, NULL));
	PSHOW(pthread_join(th, NULL));
	PSHOW(pthread_detach(th));
}

static void body(void)
{
	pthread_t th;

	again(returns);
	again(exits);
	t_set(&over, 0);
	th = t_go(detached, NULL);
	PDO(pthread_detach(th));
	t_await(t_get(&over));
	PSHOW(pthread_join(th, NULL));
	PSHOW(pthread_detach(th));
}

int main(void)
{
	t_both(body);
	return t_end();
}
