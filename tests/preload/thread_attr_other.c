/* pthread_getattr_np() of a thread that waits: where its stack is. */
#include "t.h"

static int fd[2];
static char *local;

static void *worker(void *arg)
{
	char b[2];

	(void)arg;
	t_set(&local, &b[0]);
	t_take(fd[0], b, 1);
	return NULL;
}

static void body(void)
{
	pthread_attr_t at;
	pthread_t th;
	size_t size;
	void *addr;
	char *where;

	DO(pipe(fd));
	local = NULL;
	th = t_go(worker, NULL);
	t_await((where = t_get(&local)) != NULL);
	t_settle();
	PDO(pthread_getattr_np(th, &at));
	PDO(pthread_attr_getstack(&at, &addr, &size));
	CHECK(where >= (char *)addr && where < (char *)addr + size);
	PDO(pthread_attr_destroy(&at));
	t_put(fd[1], "x", 1);
	t_join(th);
	t_close2(fd);
}

int main(void)
{
	t_both(body);
	return t_end();
}
