/* signalfd: read() waits for signals to the process, and to the very thread. */
#include "t.h"
#include <sys/signalfd.h>

static int fd;
static int reading;

static void *reader(void *arg)
{
	struct signalfd_siginfo si;
	int s[2];
	char c;

	t_pair(SOCK_STREAM, s);
	t_put(s[1], "x", 1);
	t_take(s[0], &c, 1);
	t_close2(s);
	t_set(&reading, 1);
	DO(read(fd, &si, sizeof(si)));
	(void)arg;
	return (void *)(intptr_t)si.ssi_signo;
}

static void round_(int to_thread)
{
	pthread_t th;

	t_set(&reading, 0);
	th = t_go(reader, NULL);
	t_await(t_get(&reading));
	t_settle();
	if (to_thread)
		PDO(pthread_kill(th, SIGUSR1));
	else
		DO(kill(getpid(), SIGUSR2));
	printf("%s\n", sigabbrev_np((int)(intptr_t)t_join(th)));
}

static void body(void)
{
	struct signalfd_siginfo si;

	for (int i = 0; i < 6; i++)
		round_(i & 1);
	DO(kill(getpid(), SIGUSR2));
	SHOW(read(fd, &si, sizeof(si)));
	SHOW(read(fd, &si, 8));
}

int main(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigaddset(&set, SIGUSR2);
	PDO(pthread_sigmask(SIG_BLOCK, &set, NULL));
	fd = DO(signalfd(-1, &set, 0));
	t_both(body);
	return t_end();
}
