// Cancelling a waiting thread unwinds C++ frames: destructors run.
#include "t.h"

static int fd[2];

struct noisy {
	const char *name;
	~noisy()
	{
		printf("~%s\n", name);
	}
};

static void __attribute__((noinline)) inner()
{
	noisy a = { "inner" };
	char b;

	if (recv(fd[0], &b, 1, 0) == 1)
		printf("data\n");
}

static void *worker(void *)
{
	noisy a = { "outer" };

	try {
		inner();
	} catch (...) {
		printf("caught\n");
		throw;
	}
	return nullptr;
}

int main()
{
	t_pair(SOCK_STREAM, fd);
	for (int i = 0; i < 3; i++) {
		pthread_t th = t_go(worker, nullptr);

		t_settle();
		if (i == 1)
			t_put(fd[1], "x", 1);
		else
			PDO(pthread_cancel(th));
		CHECK((t_join(th) == PTHREAD_CANCELED) == (i != 1));
	}
	return t_end();
}
