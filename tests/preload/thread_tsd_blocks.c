/* A destructor of thread-specific data that does blocking I/O. */
#include "t.h"

static pthread_key_t key;
static int fd[2];

static void on_end(void *v)
{
	char b[8];

	printf("destructor for %s\n", (char *)v);
	t_take(fd[0], b, 5);
	printf("read %.5s\n", b);
}

static void *worker(void *arg)
{
	PDO(pthread_setspecific(key, arg));
	return (void *)1;
}

static void feed(int s)
{
	t_put(s, "hello", 5);
}

int main(void)
{
	PDO(pthread_key_create(&key, on_end));
	DO(pipe(fd));
	for (int i = 0; i < 3; i++) {
		pthread_t f = t_after(feed, fd[1]);

		printf("%ld\n", (long)t_join(t_go(worker, (void *)"one")));
		t_join(f);
	}
	return t_end();
}
