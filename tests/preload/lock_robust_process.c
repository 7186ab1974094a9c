/* A robust shared mutex whose owner is a child that is killed. */
#include "t.h"

int main(void)
{
	pthread_mutex_t *m;
	pthread_mutexattr_t at;
	int fd[2];
	char b;
	pid_t pid;

	m = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
		 MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (m == MAP_FAILED)
		t_die("mmap");
	PDO(pthread_mutexattr_init(&at));
	PDO(pthread_mutexattr_setrobust(&at, PTHREAD_MUTEX_ROBUST));
	PDO(pthread_mutexattr_setpshared(&at, PTHREAD_PROCESS_SHARED));
	PDO(pthread_mutex_init(m, &at));
	t_background();
	for (int i = 0; i < 2; i++) {
		DO(pipe(fd));
		pid = DO(fork());
		if (!pid) {
			t_background();
			PDO(pthread_mutex_lock(m));
			t_put(fd[1], "x", 1);
			for (;;)
				pause();
		}
		t_take(fd[0], &b, 1);
		PSHOW(pthread_mutex_trylock(m));
		DO(kill(pid, SIGKILL));
		t_reap(pid);
		PSHOW(pthread_mutex_lock(m));
		PSHOW(pthread_mutex_consistent(m));
		PSHOW(pthread_mutex_unlock(m));
		t_close2(fd);
	}
	return t_end();
}
