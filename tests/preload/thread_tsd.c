/* Keys start NULL in each thread; destructors run at its end, in rounds. */
#include "t.h"

static pthread_key_t once, again, none;
static int ran, rounds, wrong;
static int fd[2];

static void on_once(void *v)
{
	wrong += v != &ran;
	wrong += pthread_getspecific(once) != NULL;
	t_inc(&ran);
}

static void on_again(void *v)
{
	t_inc(&rounds);
	/* Set again: the rounds end at PTHREAD_DESTRUCTOR_ITERATIONS. */
	PDO(pthread_setspecific(again, v));
}

static void *worker(void *arg)
{
	int fresh = !pthread_getspecific(once) && !pthread_getspecific(again) &&
		    !pthread_getspecific(none);

	PDO(pthread_setspecific(once, &ran));
	PDO(pthread_setspecific(again, &rounds));
	PDO(pthread_setspecific(none, &wrong));
	if (arg)
		pthread_exit((void *)(intptr_t)fresh);
	return (void *)(intptr_t)fresh;
}

int main(void)
{
	long fresh = 0;

	PDO(pthread_key_create(&once, on_once));
	PDO(pthread_key_create(&again, on_again));
	PDO(pthread_key_create(&none, NULL));
	DO(pipe(fd));
	for (int i = 0; i < 100; i++)
		fresh += (long)t_join(t_go(worker, i % 2 ? fd : NULL));
	printf("%ld fresh, %d ran, %d rounds, %d wrong\n", fresh, ran, rounds,
	       wrong);
	CHECK(rounds == 100 * PTHREAD_DESTRUCTOR_ITERATIONS);
	return t_end();
}
