/* pthread_getattr_np(): the stack holds a local variable; it and its guard are
 * at least as large as asked for; the detach state is as asked for. */
#include "t.h"

static int fd[2];

static size_t want, want_guard;

static void look(void)
{
	pthread_attr_t at;
	int local, state;
	size_t size, guard;
	void *addr;
	char b;

	PDO(pthread_getattr_np(pthread_self(), &at));
	PDO(pthread_attr_getstack(&at, &addr, &size));
	PDO(pthread_attr_getguardsize(&at, &guard));
	PDO(pthread_attr_getdetachstate(&at, &state));
	CHECK((char *)&local >= (char *)addr &&
	      (char *)&local < (char *)addr + size);
	CHECK(size + guard >= want && guard >= want_guard);
	printf("detached %d\n", state == PTHREAD_CREATE_DETACHED);
	PDO(pthread_attr_destroy(&at));
	t_put(fd[1], "x", 1);
	t_take(fd[0], &b, 1);
}

static void *worker(void *arg)
{
	look();
	if (arg)
		t_set((int *)arg, 1);
	return NULL;
}

int main(void)
{
	static const size_t sizes[] = { 0, 256 << 10, 1 << 20, 64 << 10,
					(256 << 10) + 4096 };
	pthread_attr_t at;
	pthread_t th;

	DO(pipe(fd));
	for (int round = 0; round < 2; round++)
		for (int i = 0; i < 5; i++) {
			int done = 0;

			PDO(pthread_attr_init(&at));
			if (sizes[i])
				PDO(pthread_attr_setstacksize(&at, sizes[i]));
			want = sizes[i];
			want_guard = 4096;
			PDO(pthread_create(&th, &at, worker, NULL));
			t_join(th);
			want_guard = 8192;
			PDO(pthread_attr_setguardsize(&at, want_guard));
			PDO(pthread_attr_setdetachstate(
				&at, PTHREAD_CREATE_DETACHED));
			PDO(pthread_create(&th, &at, worker, &done));
			t_await(t_get(&done));
			PDO(pthread_attr_destroy(&at));
		}
	return t_end();
}
