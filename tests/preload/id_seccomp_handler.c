/* A filter set by a program without threads that has handlers already: a signal
 * that comes then makes no system call but the handler's return. */
#include "t_seccomp.h"

static const struct s_rule natively[] = {
	S_SLEEPS,
	S_SIGNALS,
	{ SYS_gettid, 0, 0 },
	{ SYS_kill, 0, 0 },
	{ SYS_setitimer, 0, 0 },
	{ SYS_write, S_OWN_FD },
	{ SYS_exit_group, 0, 0 },
};

static int hits;

static void on(int sig)
{
	(void)sig;
	hits++;
}

static void on_info(int sig, siginfo_t *si, void *context)
{
	(void)context;
	hits += sig == si->si_signo;
}

static void timer(void)
{
	struct itimerval it = { .it_value = { 0, 1000 } };

	t_handle(SIGALRM, on, 0);
	s_for_me(S_PROGRAM(natively));
	DO(setitimer(ITIMER_REAL, &it, NULL));
	t_await(hits);
	printf("hits: %d\n", hits);
}

/* It is set already when the filter comes. */
static void timer_before(void)
{
	struct itimerval it = { .it_value = { 0, 50000 } };

	t_handle(SIGALRM, on, SA_RESTART);
	DO(setitimer(ITIMER_REAL, &it, NULL));
	s_for_me_by_number(S_PROGRAM(natively));
	t_await(hits);
	printf("hits: %d\n", hits);
}

static void sent(void)
{
	pid_t pid = getpid(), tid = gettid();
	struct sigaction sa;

	memset(&sa, 0, sizeof(sa));
	sa.sa_sigaction = on_info;
	sa.sa_flags = SA_SIGINFO;
	sigaddset(&sa.sa_mask, SIGUSR2);
	DO(sigaction(SIGUSR1, &sa, NULL));
	t_handle(SIGUSR2, on, SA_NODEFER);
	s_for_me(S_PROGRAM(natively));
	for (int i = 0; i < 3; i++) {
		DO(syscall(SYS_kill, pid, SIGUSR1));
		DO(syscall(SYS_tgkill, pid, tid, SIGUSR2));
		DO(kill(pid, SIGUSR1));
		printf("hits: %d\n", hits);
	}
}

int main(void)
{
	printf("a timer\n");
	s_child(timer);
	printf("a timer that was set before\n");
	s_child(timer_before);
	printf("sent\n");
	s_child(sent);
	return t_end();
}
