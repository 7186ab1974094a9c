// C++ thread_local objects: made at first use in each thread, destroyed at its
// end in reverse order, before pthread keys' destructors.
#include "t.h"

static int made, gone, wrong, fd[2];

struct tracked {
	int id;
	long canary = 0x1234;
	explicit tracked(int n) : id(n)
	{
		t_inc(&made);
	}
	~tracked()
	{
		char b;

		if (canary != 0x1234)
			t_inc(&wrong);
		canary = 0;
		// Even a destructor may wait.
		t_put(fd[1], "x", 1);
		t_take(fd[0], &b, 1);
		t_inc(&gone);
	}
};

static thread_local tracked one(1);
static thread_local int plain = 17;

static pthread_key_t key;

static void on_key(void *)
{
	printf("key destructor, %d gone\n", t_get(&gone));
}

static void *worker(void *arg)
{
	thread_local tracked two(2);

	if (plain != 17 || one.id != 1 || two.id != 2)
		t_inc(&wrong);
	plain = 0;
	if (arg)
		PDO(pthread_setspecific(key, arg));
	return nullptr;
}

int main()
{
	DO(pipe(fd));
	PDO(pthread_key_create(&key, on_key));
	t_join(t_go(worker, &key));
	for (int w = 0; w < 10; w++) {
		pthread_t th[10];

		for (auto &t : th)
			t = t_go(worker, nullptr);
		for (auto &t : th)
			t_join(t);
	}
	printf("%d made, %d gone, %d wrong\n", made, gone, wrong);
	return t_end();
}
