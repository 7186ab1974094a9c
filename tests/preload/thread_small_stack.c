/* The smallest stacks that hold a read(): 200 of them, used to the depth. */
#include "t.h"

#define COUNT 200
static int fd[COUNT][2];

static void *worker(void *arg)
{
	volatile char room[8192];
	char b;

	for (size_t i = 0; i < sizeof(room); i++)
		room[i] = (char)i;
	t_take(fd[(intptr_t)arg][0], &b, 1);
	for (size_t i = 0; i < sizeof(room); i++)
		if (room[i] != (char)i)
			return (void *)1;
	return NULL;
}

int main(void)
{
	pthread_attr_t at;
	pthread_t th[COUNT];
	long bad = 0;

	PDO(pthread_attr_init(&at));
	PDO(pthread_attr_setstacksize(&at, PTHREAD_STACK_MIN + (16 << 10)));
	for (int round = 0; round < 3; round++) {
		for (long i = 0; i < COUNT; i++) {
			DO(pipe(fd[i]));
			PDO(pthread_create(&th[i], &at, worker, (void *)i));
		}
		for (int i = 0; i < COUNT; i++)
			t_put(fd[i][1], "x", 1);
		for (int i = 0; i < COUNT; i++) {
			bad += (long)t_join(th[i]);
			t_close2(fd[i]);
		}
	}
	printf("%ld bad\n", bad);
	return t_end();
}
