/* Records of threads, over a fork. */
#include "unit.h"

#include <sys/wait.h>
#include <unistd.h>

#define FORKS 100

static _Atomic bool over;

/* Hold the allocator's lock as often as not. */
static void *busy(void *arg)
{
	while (!atomic_load(&over))
		thread_free(thread_alloc());
	return NULL;
}

/* Whoever holds the lock is not there to give it back, be the ring up or not. */
START_TEST(fork_while_locked)
{
	pthread_t th;

	atomic_store(&over, false);
	WANT(pthread_create(&th, NULL, busy, NULL) == 0);
	for (int i = 0; i < FORKS; i++) {
		int status;
		pid_t pid = fork();

		WANT(pid >= 0);
		if (pid == 0) {
			alarm(20);
			ring_fork_child();
			_exit(thread_alloc() ? 0 : 1);
		}
		WANT(waitpid(pid, &status, 0) == pid);
		WANT(status == 0);
	}
	atomic_store(&over, true);
	WANT(pthread_join(th, NULL) == 0);
}
END_TEST

Suite *mem_suite(void)
{
	Suite *s = suite_create("mem");
	TCase *t = tcase_create("fork");

	tcase_set_timeout(t, LIMIT);
	tcase_add_test(t, fork_while_locked);
	suite_add_tcase(s, t);
	return s;
}
