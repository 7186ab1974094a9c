/* Main and the others block it: a signal for the process goes to the one
 * worker that does not, while that waits. */
#include "t.h"

static int fd[2], hits, elsewhere, ready;
static __thread int chosen;

static void on(int sig)
{
	(void)sig;
	if (!chosen)
		t_inc(&elsewhere);
	t_inc(&hits);
}

static void *worker(void *arg)
{
	sigset_t set;
	char b;
	long r;

	(void)arg;
	chosen = 1;
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	PDO(pthread_sigmask(SIG_UNBLOCK, &set, NULL));
	t_set(&ready, 1);
	while ((r = recv(fd[0], &b, 1, 0)) < 0 && errno == EINTR)
		;
	return (void *)r;
}

int main(void)
{
	sigset_t set;
	pthread_t th;

	t_handle(SIGUSR1, on, 0);
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	PDO(pthread_sigmask(SIG_BLOCK, &set, NULL));
	for (int i = 0; i < 4; i++)
		t_background();
	t_pair(SOCK_STREAM, fd);
	th = t_go(worker, NULL);
	t_await(t_get(&ready));
	for (int i = 1; i <= 10; i++) {
		DO(kill(getpid(), SIGUSR1));
		t_await(t_get(&hits) == i);
	}
	t_put(fd[1], "x", 1);
	printf("%ld, %d hits, %d elsewhere\n", (long)t_join(th), hits,
	       elsewhere);
	return t_end();
}
