/* Cleanup handlers and key destructors that wait themselves: of a thread that
 * is cancelled, of one that calls pthread_exit(), of one that returns. */
#include "t.h"

static int fd[2], go[2], up;
static pthread_key_t key;
static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;

static void waits(const char *what)
{
	char b;

	t_put(fd[1], "x", 1);
	t_take(go[0], &b, 1);
	t_msleep(2);
	PDO(pthread_mutex_lock(&m));
	printf("%s waited\n", what);
	PDO(pthread_mutex_unlock(&m));
}

static void clean(void *arg)
{
	waits(arg);
}

static void destroy(void *arg)
{
	waits(arg);
}

static void *worker(void *arg)
{
	char b;

	PDO(pthread_setspecific(key, "destructor"));
	pthread_cleanup_push(clean, "outer cleanup");
	pthread_cleanup_push(clean, "inner cleanup");
	t_set(&up, 1);
	if (arg && *(char *)arg == 'e')
		pthread_exit("exited");
	if (!arg)
		t_take(fd[0], &b, 1);	/* cancelled */
	pthread_cleanup_pop(1);
	pthread_cleanup_pop(1);
	return "returned";
}

static void run(const char *what)
{
	pthread_t th;
	void *r;
	char b;

	printf("-- %s\n", what ? what : "cancelled");
	t_set(&up, 0);
	th = t_go(worker, (void *)what);
	t_await(t_get(&up));
	t_settle();
	if (!what)
		PDO(pthread_cancel(th));
	for (int i = 0; i < 3; i++) {
		t_take(fd[0], &b, 1);
		PDO(pthread_mutex_lock(&m));
		t_put(go[1], "y", 1);
		t_settle();
		PDO(pthread_mutex_unlock(&m));
	}
	r = t_join(th);
	printf("%s\n", r == PTHREAD_CANCELED ? "cancelled" : (char *)r);
}

int main(void)
{
	DO(pipe(fd));
	DO(pipe(go));
	PDO(pthread_key_create(&key, destroy));
	for (int i = 0; i < 3; i++) {
		run("exits");
		run("returns");
	}
	return t_end();
}
