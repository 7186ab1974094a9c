/* A thread's name: its creator's at first, then its own, over waits too. */
#include "t.h"

static int fd[2];
static char name0[32], name1[32], name2[32];

static void *worker(void *arg)
{
	char b;

	PDO(pthread_getname_np(pthread_self(), name0, sizeof(name0)));
	PDO(pthread_setname_np(pthread_self(), (char *)arg));
	PDO(pthread_getname_np(pthread_self(), name1, sizeof(name1)));
	t_take(fd[0], &b, 1);
	PDO(pthread_getname_np(pthread_self(), name2, sizeof(name2)));
	return NULL;
}

static void feed(int s)
{
	t_put(s, "x", 1);
}

static void one(const char *name)
{
	char other[32];
	pthread_t th = t_go(worker, (void *)(intptr_t)name), f;

	f = t_after(feed, fd[1]);
	t_join(f);
	t_join(th);
	PDO(pthread_getname_np(pthread_self(), other, sizeof(other)));
	printf("%s %s %s; creator %s\n", name0, name1, name2, other);
}

static void *creator(void *arg)
{
	PDO(pthread_setname_np(pthread_self(), (char *)arg));
	one("grandchild");
	one("another");
	return NULL;
}

int main(void)
{
	DO(pipe(fd));
	PDO(pthread_setname_np(pthread_self(), "root"));
	one("first");
	one("second");
	t_join(t_go(creator, (void *)"creator"));
	one("third");
	PSHOW(pthread_setname_np(pthread_self(), "sixteen letters!"));
	return t_end();
}
