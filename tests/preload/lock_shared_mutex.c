/* A mutex and a condition variable in memory shared with a child. */
#include "t.h"

struct shared {
	pthread_mutex_t m;
	pthread_cond_t c;
	long count;
	int turn;
};

static struct shared *sh;

static void *counter(void *arg)
{
	(void)arg;
	for (int i = 0; i < 2000; i++) {
		PDO(pthread_mutex_lock(&sh->m));
		sh->count++;
		PDO(pthread_mutex_unlock(&sh->m));
	}
	return NULL;
}

static void play(int me)
{
	for (int i = 0; i < 200; i++) {
		PDO(pthread_mutex_lock(&sh->m));
		while (sh->turn != me)
			PDO(pthread_cond_wait(&sh->c, &sh->m));
		sh->turn = !me;
		PDO(pthread_cond_signal(&sh->c));
		PDO(pthread_mutex_unlock(&sh->m));
	}
}

static void work(int me)
{
	pthread_t th[2];

	for (int i = 0; i < 2; i++)
		th[i] = t_go(counter, NULL);
	for (int i = 0; i < 2; i++)
		t_join(th[i]);
	play(me);
}

int main(void)
{
	pthread_mutexattr_t ma;
	pthread_condattr_t ca;
	pid_t pid;

	sh = mmap(NULL, sizeof(*sh), PROT_READ | PROT_WRITE,
		  MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (sh == MAP_FAILED)
		t_die("mmap");
	PDO(pthread_mutexattr_init(&ma));
	PDO(pthread_mutexattr_setpshared(&ma, PTHREAD_PROCESS_SHARED));
	PDO(pthread_mutex_init(&sh->m, &ma));
	PDO(pthread_condattr_init(&ca));
	PDO(pthread_condattr_setpshared(&ca, PTHREAD_PROCESS_SHARED));
	PDO(pthread_cond_init(&sh->c, &ca));
	t_background();
	pid = DO(fork());
	work(pid == 0);
	if (!pid)
		_exit(4);
	t_reap(pid);
	printf("%ld\n", sh->count);
	return t_end();
}
