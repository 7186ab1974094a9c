/* The classic end of a server: SIGTERM's handler sets a flag, main's accept()
 * gives EINTR, main closes and joins the workers. */
#include "t.h"

#define WORKERS 4
static volatile sig_atomic_t stop;
static int fd[WORKERS][2];

static void on(int sig)
{
	(void)sig;
	stop = 1;
}

static void *worker(void *arg)
{
	char b;
	long n = 0;

	while (recv(*(int *)arg, &b, 1, 0) == 1)
		n++;
	return (void *)n;
}

static void *terminator(void *arg)
{
	/* Until main has seen it, in case it came just before accept(). */
	t_await((kill(getpid(), SIGTERM), t_get((int *)arg)));
	return NULL;
}

int main(void)
{
	struct sockaddr_in sa;
	pthread_t th[WORKERS], k;
	sigset_t set, old;
	int l = t_listen(&sa), seen = 0;

	t_handle(SIGTERM, on, 0);
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	PDO(pthread_sigmask(SIG_BLOCK, &set, &old));
	for (int i = 0; i < WORKERS; i++) {
		t_pair(SOCK_STREAM, fd[i]);
		th[i] = t_go(worker, &fd[i][0]);
		t_put(fd[i][1], "abc", 3);
	}
	k = t_go(terminator, &seen);
	PDO(pthread_sigmask(SIG_SETMASK, &old, NULL));
	SHOW(accept(l, NULL, NULL));
	t_set(&seen, 1);
	printf("stop %d\n", (int)stop);
	t_join(k);
	DO(close(l));
	for (int i = 0; i < WORKERS; i++) {
		DO(shutdown(fd[i][0], SHUT_RDWR));
		printf("%ld\n", (long)t_join(th[i]));
	}
	return t_end();
}
