/* A signal that a thread handles in a destructor, as it ends, has no part in what
 * the next thread does. */
#include "t.h"

static pthread_key_t key;
static int fd[2], up;

static void on(int sig)
{
	(void)sig;
}

static void destructor(void *arg)
{
	(void)arg;
	DO(raise(SIGUSR1));
}

static void *first(void *arg)
{
	PDO(pthread_setspecific(key, arg));
	return NULL;
}

static void *second(void *arg)
{
	char c;

	(void)arg;
	t_set(&up, 1);
	SHOW(read(fd[0], &c, 1));
	return NULL;
}

int main(void)
{
	t_handle(SIGUSR1, on, 0);
	t_pair(SOCK_STREAM, fd);
	PDO(pthread_key_create(&key, destructor));
	for (int i = 0; i < 10; i++) {
		pthread_t th;

		t_join(t_go(first, &key));
		t_set(&up, 0);
		th = t_go(second, NULL);
		t_await(t_get(&up));
		t_settle();
		PDO(pthread_kill(th, SIGURG));	/* ignored */
		t_settle();
		t_put(fd[1], "x", 1);
		t_join(th);
	}
	return t_end();
}
