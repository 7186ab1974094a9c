/* A process that has set its signal mask, and forks before it makes threads:
 * the child is who it is, and its handlers run on the stack of the thread. */
#include "t.h"

static pthread_t self;
static int fd[2], done;

static void on_signal(int sig)
{
	char room[100000];

	memset(room, sig, sizeof(room));
	t_set(&done, room[5000]);
}

static void *other(void *arg)
{
	char c;

	(void)arg;
	for (int i = 0; i < 2; i++) {
		t_settle();
		PDO(pthread_kill(self, SIGUSR1));
		t_await(t_get(&done) == SIGUSR1);
		t_set(&done, 0);
	}
	t_put(fd[1], "x", 1);
	t_take(fd[0], &c, 0);
	return NULL;
}

static void child(void)
{
	struct sigaction sa = { .sa_handler = on_signal,
				.sa_flags = SA_RESTART };
	pthread_t th;
	char c;

	self = pthread_self();
	DO(sigaction(SIGUSR1, &sa, NULL));
	t_pair(SOCK_STREAM, fd);
	th = t_go(other, NULL);
	SHOW(read(fd[0], &c, 1));
	CHECK(gettid() == getpid());
	t_join(th);
	CHECK(gettid() == getpid());
}

int main(void)
{
	sigset_t set;
	pid_t pid;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR2);
	DO(sigprocmask(SIG_BLOCK, &set, NULL));
	fflush(stdout);
	pid = DO(fork());
	if (!pid) {
		child();
		fflush(stdout);
		_exit(t_bad);
	}
	t_reap(pid);
	return t_end();
}
