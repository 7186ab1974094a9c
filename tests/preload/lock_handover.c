/* Objects destroyed and unmapped right after the last wait, as POSIX allows:
 * who woke the waiter does not touch them any more. */
#include "t.h"

struct job {
	pthread_mutex_t m;
	pthread_cond_t c;
	sem_t s;
	int done;
};

static void *worker(void *arg)
{
	struct job *j = arg;

	PDO(pthread_mutex_lock(&j->m));
	j->done = 1;
	PDO(pthread_cond_signal(&j->c));
	PDO(pthread_mutex_unlock(&j->m));
	return NULL;
}

static void *poster(void *arg)
{
	DO(sem_post(&((struct job *)arg)->s));
	return NULL;
}

int main(void)
{
	size_t size = 4096;

	for (int i = 0; i < 200; i++) {
		/* A page of its own: a late access is a crash. */
		struct job *j = mmap(NULL, size, PROT_READ | PROT_WRITE,
				     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		pthread_t a, b;

		if (j == MAP_FAILED)
			t_die("mmap");
		PDO(pthread_mutex_init(&j->m, NULL));
		PDO(pthread_cond_init(&j->c, NULL));
		DO(sem_init(&j->s, 0, 0));
		a = t_go(worker, j);
		b = t_go(poster, j);
		PDO(pthread_mutex_lock(&j->m));
		while (!j->done)
			PDO(pthread_cond_wait(&j->c, &j->m));
		PDO(pthread_mutex_unlock(&j->m));
		DO(sem_wait(&j->s));
		PDO(pthread_cond_destroy(&j->c));
		PDO(pthread_mutex_destroy(&j->m));
		DO(sem_destroy(&j->s));
		DO(munmap(j, size));
		t_join(a);
		t_join(b);
	}
	printf("done\n");
	return t_end();
}
