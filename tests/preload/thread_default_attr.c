/* The default attributes are those of a thread that is made without any. */
#include "t.h"
#include <threads.h>

static void *guard_of(void *arg)
{
	pthread_attr_t a;
	size_t size;

	(void)arg;
	PDO(pthread_getattr_np(pthread_self(), &a));
	PDO(pthread_attr_getguardsize(&a, &size));
	printf("guard %zu pages\n", size / (size_t)sysconf(_SC_PAGESIZE));
	PDO(pthread_attr_destroy(&a));
	return NULL;
}

static void *mask_of(void *arg)
{
	sigset_t s;

	PDO(pthread_sigmask(SIG_SETMASK, NULL, &s));
	printf("usr1 %d usr2 %d hup %d\n", sigismember(&s, SIGUSR1),
	       sigismember(&s, SIGUSR2), sigismember(&s, SIGHUP));
	if (arg)
		t_join(t_go(mask_of, NULL));
	return NULL;
}

static int c11(void *arg)
{
	(void)arg;
	mask_of(NULL);
	return 0;
}

static void masks(const pthread_attr_t *a)
{
	pthread_t th;
	thrd_t c;

	PDO(pthread_create(&th, a, mask_of, (void *)1));
	t_join(th);
	thrd_create(&c, c11, NULL);
	thrd_join(c, NULL);
}

int main(void)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	pthread_attr_t a;
	sigset_t s;

	t_background();
	t_join(t_go(guard_of, NULL));
	PDO(pthread_attr_init(&a));
	PDO(pthread_attr_setguardsize(&a, 3 * page));
	PDO(pthread_setattr_default_np(&a));
	t_join(t_go(guard_of, NULL));
	t_join(t_go(guard_of, NULL));

	sigemptyset(&s);
	sigaddset(&s, SIGUSR1);
	PDO(pthread_sigmask(SIG_BLOCK, &s, NULL));
	masks(NULL);
	sigemptyset(&s);
	sigaddset(&s, SIGHUP);
	PDO(pthread_attr_setsigmask_np(&a, &s));
	PDO(pthread_setattr_default_np(&a));
	masks(NULL);
	sigemptyset(&s);
	sigaddset(&s, SIGUSR2);
	PDO(pthread_attr_setsigmask_np(&a, &s));
	masks(&a);
	PDO(pthread_attr_destroy(&a));
	return t_end();
}
