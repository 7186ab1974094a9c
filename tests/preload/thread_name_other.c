/* Another thread's name can be read and set while that thread waits. */
#include "t.h"

static int fd[2];
static char seen[32];

static void *worker(void *arg)
{
	char b[2];

	PDO(pthread_setname_np(pthread_self(), "waiting"));
	t_set((int *)arg, 1);
	t_take(fd[0], b, 1);
	PDO(pthread_getname_np(pthread_self(), seen, sizeof(seen)));
	return NULL;
}

int main(void)
{
	char name[32];

	DO(pipe(fd));
	for (int i = 0; i < 3; i++) {
		int up = 0;
		pthread_t th = t_go(worker, &up);

		t_await(t_get(&up));
		t_settle();
		PSHOW(pthread_getname_np(th, name, sizeof(name)));
		printf("%s\n", name);
		PSHOW(pthread_setname_np(th, "renamed"));
		PSHOW(pthread_getname_np(th, name, sizeof(name)));
		printf("%s\n", name);
		t_put(fd[1], "x", 1);
		t_join(th);
		printf("%s\n", seen);
	}
	return t_end();
}
