/* Threads that wait for signals: sigwait, sigwaitinfo, sigtimedwait, pause,
 * sigsuspend, signalfd; beside threads that wait for other things. */
#include "t.h"
#include <sys/signalfd.h>

static int up, hits;

static void on(int sig)
{
	(void)sig;
	t_inc(&hits);
}

static sigset_t only(int sig)
{
	sigset_t s;

	sigemptyset(&s);
	sigaddset(&s, sig);
	return s;
}

static void *waits(void *arg)
{
	sigset_t set = only(SIGUSR1);
	int sig = 0;

	(void)arg;
	t_set(&up, 1);
	PSHOW(sigwait(&set, &sig));
	printf("%s\n", sigabbrev_np(sig));
	return NULL;
}

static void *waits_info(void *arg)
{
	sigset_t set = only(SIGUSR1);
	siginfo_t info;

	(void)arg;
	t_set(&up, 1);
	CHECK(sigwaitinfo(&set, &info) == SIGUSR1);
	printf("from us: %d\n", info.si_pid == getpid());
	return NULL;
}

static void *waits_time(void *arg)
{
	struct timespec none = { 0, 0 }, little = { 0, 5000000 };
	struct timespec much = { 20, 0 };
	sigset_t set = only(SIGUSR1);
	siginfo_t info;

	(void)arg;
	SHOW(sigtimedwait(&set, &info, &none));
	SHOW(sigtimedwait(&set, &info, &little));
	t_set(&up, 1);
	CHECK(sigtimedwait(&set, &info, &much) == SIGUSR1);
	return NULL;
}

static void *pauses(void *arg)
{
	sigset_t set = only(SIGUSR2);

	(void)arg;
	PDO(pthread_sigmask(SIG_UNBLOCK, &set, NULL));
	t_set(&up, 2);
	SHOW(pause());
	return NULL;
}

static void *suspends(void *arg)
{
	sigset_t none;

	(void)arg;
	sigemptyset(&none);
	t_set(&up, 3);
	SHOW(sigsuspend(&none));
	printf("hits %d\n", hits > 0);
	return NULL;
}

static void *reads(void *arg)
{
	sigset_t set = only(SIGUSR1);
	struct signalfd_siginfo info;
	int fd = DO(signalfd(-1, &set, SFD_CLOEXEC));

	(void)arg;
	t_set(&up, 1);
	CHECK(read(fd, &info, sizeof(info)) == sizeof(info));
	printf("signo USR1: %d\n", info.ssi_signo == SIGUSR1);
	DO(close(fd));
	return NULL;
}

static void run(const char *what, void *(*fn)(void *))
{
	pthread_t th;
	int sig;

	printf("-- %s\n", what);
	t_set(&up, 0);
	t_set(&hits, 0);
	th = t_go(fn, NULL);
	t_await(t_get(&up));
	if (up == 1) {
		PDO(pthread_kill(th, SIGUSR1));
	} else {
		/* it may not wait yet: again until it has ended */
		sig = up == 2 ? SIGUSR2 : SIGUSR1;
		while (pthread_tryjoin_np(th, NULL)) {
			PDO(pthread_kill(th, sig));
			t_msleep(1);
		}
		return;
	}
	t_join(th);
}

int main(void)
{
	sigset_t set = only(SIGUSR1);

	sigaddset(&set, SIGUSR2);
	PDO(pthread_sigmask(SIG_BLOCK, &set, NULL));
	t_handle(SIGUSR1, on, 0);
	t_handle(SIGUSR2, on, 0);
	t_background();
	t_background();
	run("sigwait", waits);
	run("sigwaitinfo", waits_info);
	run("sigtimedwait", waits_time);
	run("pause", pauses);
	run("sigsuspend", suspends);
	run("signalfd", reads);
	return t_end();
}
