/* Who asks something of its terminal from the background is sent SIGTTOU or SIGTTIN. */
#include "t.h"

#include <termios.h>

static int tty, came_out, came_in;

static void on_signal(int sig)
{
	if (sig == SIGTTOU)
		came_out++;
	else
		came_in++;
}

#define ASK(e)                                                         \
	do {                                                           \
		t_settle(); /* to be away, if ever */                  \
		came_out = came_in = 0;                                \
		SHOW(e);                                               \
		printf("out: %d, in: %d\n", came_out > 0, came_in > 0); \
	} while (0)

static void body(void)
{
	struct termios t;
	char c;

	DO(tcgetattr(tty, &t));
	ASK(tcsetattr(tty, TCSANOW, &t));
	ASK(tcflush(tty, TCIFLUSH));
	ASK(ioctl(tty, TCSETS, &t));
	ASK(read(tty, &c, 1));
	DO(fcntl(tty, F_SETFL, O_NONBLOCK));
	ASK(read(tty, &c, 1));
	DO(fcntl(tty, F_SETFL, 0));
	ASK(tcsetpgrp(tty, getpgrp()));
}

static void mask(int how)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTTOU);
	sigaddset(&set, SIGTTIN);
	PDO(pthread_sigmask(how, &set, NULL));
}

static void unblocked(void)
{
	mask(SIG_UNBLOCK);
	body();
}

/* In the background of its session. */
static void child(void)
{
	DO(setpgid(0, 0));
	t_handle(SIGTTOU, on_signal, 0);
	t_handle(SIGTTIN, on_signal, 0);
	t_background();
	printf("in main\n");
	body();
	/* they are for the process, and it is to be the thread that meets them */
	mask(SIG_BLOCK);
	printf("in a thread\n");
	t_in_thread(unblocked);
	fflush(stdout);
	_exit(0);
}

static void leader(void)
{
	int m;

	DO(setsid());
	m = DO(posix_openpt(O_RDWR | O_NOCTTY));
	DO(grantpt(m));
	DO(unlockpt(m));
	tty = DO(open(ptsname(m), O_RDWR | O_NOCTTY));
	DO(ioctl(tty, TIOCSCTTY, 0));
	if (DO(fork()) == 0)
		child();
	DO(wait(NULL));
	_exit(0);
}

int main(void)
{
	pid_t pid = DO(fork());

	if (pid == 0)
		leader();
	t_reap(pid);
	return t_end();
}
