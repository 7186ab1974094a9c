/* Semaphores and a barrier shared with a child, waited for in threads. */
#include "t.h"

struct shared {
	sem_t a, b;
	pthread_barrier_t bar;
	pthread_rwlock_t rw;
	int n, serial;
};

static struct shared *sh;
static int me;

static void *worker(void *arg)
{
	(void)arg;
	for (int i = 0; i < 300; i++) {
		DO(sem_wait(me ? &sh->a : &sh->b));
		PDO(pthread_rwlock_wrlock(&sh->rw));
		sh->n++;
		PDO(pthread_rwlock_unlock(&sh->rw));
		DO(sem_post(me ? &sh->b : &sh->a));
	}
	for (int i = 0; i < 20; i++)
		if (pthread_barrier_wait(&sh->bar))
			t_inc(&sh->serial);
	return NULL;
}

int main(void)
{
	pthread_barrierattr_t ba;
	pthread_rwlockattr_t ra;
	pid_t pid;

	sh = mmap(NULL, sizeof(*sh), PROT_READ | PROT_WRITE,
		  MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (sh == MAP_FAILED)
		t_die("mmap");
	DO(sem_init(&sh->a, 1, 1));
	DO(sem_init(&sh->b, 1, 0));
	PDO(pthread_barrierattr_init(&ba));
	PDO(pthread_barrierattr_setpshared(&ba, PTHREAD_PROCESS_SHARED));
	PDO(pthread_barrier_init(&sh->bar, &ba, 2));
	PDO(pthread_rwlockattr_init(&ra));
	PDO(pthread_rwlockattr_setpshared(&ra, PTHREAD_PROCESS_SHARED));
	PDO(pthread_rwlock_init(&sh->rw, &ra));
	t_background();
	pid = DO(fork());
	me = pid == 0;
	t_join(t_go(worker, NULL));
	if (!pid)
		_exit(4);
	t_reap(pid);
	printf("%d, %d serial\n", sh->n, sh->serial);
	return t_end();
}
