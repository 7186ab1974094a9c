/* Timed waits for process-shared objects that a child holds. */
#include "t.h"

struct shared {
	pthread_mutex_t m;
	sem_t s, held;
};

static struct shared *sh;

static void body(void)
{
	struct timespec ts = t_in(CLOCK_REALTIME, 40);

	PSHOW(pthread_mutex_timedlock(&sh->m, &ts));
	PSHOW(pthread_mutex_trylock(&sh->m));
	ts = t_in(CLOCK_REALTIME, 40);
	SHOW(sem_timedwait(&sh->s, &ts));
}

int main(void)
{
	pthread_mutexattr_t ma;
	int fd[2], st;
	char b;
	pid_t pid;

	sh = mmap(NULL, sizeof(*sh), PROT_READ | PROT_WRITE,
		  MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (sh == MAP_FAILED)
		t_die("mmap");
	PDO(pthread_mutexattr_init(&ma));
	PDO(pthread_mutexattr_setpshared(&ma, PTHREAD_PROCESS_SHARED));
	PDO(pthread_mutex_init(&sh->m, &ma));
	DO(sem_init(&sh->s, 1, 0));
	DO(sem_init(&sh->held, 1, 0));
	DO(pipe(fd));
	pid = DO(fork());
	if (!pid) {
		DO(close(fd[1]));
		PDO(pthread_mutex_lock(&sh->m));
		DO(sem_post(&sh->held));
		if (read(fd[0], &b, 1))
			_exit(1);
		PDO(pthread_mutex_unlock(&sh->m));
		DO(sem_post(&sh->s));
		_exit(0);
	}
	DO(close(fd[0]));
	DO(sem_wait(&sh->held));
	t_both(body);
	DO(close(fd[1]));
	PSHOW(pthread_mutex_lock(&sh->m));
	SHOW(sem_wait(&sh->s));
	DO(waitpid(pid, &st, 0));
	printf("%d\n", st);
	return t_end();
}
