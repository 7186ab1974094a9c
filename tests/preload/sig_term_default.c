/* SIGTERM, not handled, kills a server whose main waits in accept() and whose
 * workers wait in all sorts of places. */
#include "t.h"

static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t c = PTHREAD_COND_INITIALIZER;

static void *on_cond(void *arg)
{
	PDO(pthread_mutex_lock(&m));
	while (arg)
		PDO(pthread_cond_wait(&c, &m));
	return NULL;
}

static void *on_sleep(void *arg)
{
	while (!arg)
		sleep(20);
	return NULL;
}

static void child(int how, int ready)
{
	struct sockaddr_in sa;
	int l = t_listen(&sa), fd[2];
	struct pollfd p;
	char b;

	for (int i = 0; i < 3; i++) {
		t_background();
		t_go(on_cond, &m);
		t_go(on_sleep, NULL);
	}
	t_pair(SOCK_STREAM, fd);
	t_settle();
	t_put(ready, "x", 1);
	switch (how) {
	case 0:
		accept(l, NULL, NULL);
		break;
	case 1:
		SHOW(read(fd[0], &b, 1));
		break;
	case 2:
		on_cond(&m);
		break;
	case 3:
		pthread_join(t_go(on_sleep, NULL), NULL);
		break;
	default:
		p = (struct pollfd){ fd[0], POLLIN, 0 };
		poll(&p, 1, -1);
	}
	_exit(8);
}

int main(void)
{
	int ready[2];
	char b;

	t_background();
	DO(pipe(ready));
	for (int how = 0; how < 5; how++) {
		pid_t pid = DO(fork());

		if (!pid)
			child(how, ready[1]);
		t_take(ready[0], &b, 1);
		t_settle();
		DO(kill(pid, how % 2 ? SIGINT : SIGTERM));
		t_reap(pid);
	}
	return t_end();
}
