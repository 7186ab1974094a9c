/* Stacks that the program gives (pthread_attr_setstack): used, and the
 * program's again after the join. */
#include "t.h"

#define SIZE (256u << 10)
static int fd[2];

static void *worker(void *arg)
{
	char local, b;
	int in = &local >= (char *)arg && &local < (char *)arg + SIZE;

	t_put(fd[1], "x", 1);
	t_take(fd[0], &b, 1);
	return (void *)(intptr_t)in;
}

static void *other(void *arg)
{
	char b;

	t_put(fd[1], "x", 1);
	t_take(fd[0], &b, 1);
	return arg;
}

int main(void)
{
	pthread_attr_t at;
	pthread_t th;
	long inside = 0;
	int dirty = 0;

	DO(pipe(fd));
	for (int i = 0; i < 20; i++) {
		char *stack = mmap(NULL, SIZE, PROT_READ | PROT_WRITE,
				   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		if (stack == MAP_FAILED)
			t_die("mmap");
		PDO(pthread_attr_init(&at));
		PDO(pthread_attr_setstack(&at, stack, SIZE));
		PDO(pthread_create(&th, &at, worker, stack));
		inside += (long)t_join(th);
		PDO(pthread_attr_destroy(&at));
		/* Nobody may touch it from here on. */
		memset(stack, 0x5a, SIZE);
		for (int j = 0; j < 3; j++)
			t_join(t_go(other, NULL));
		for (size_t j = 0; j < SIZE; j++)
			dirty += stack[j] != 0x5a;
		DO(munmap(stack, SIZE));
	}
	printf("%ld inside, %d dirty\n", inside, dirty);
	return t_end();
}
