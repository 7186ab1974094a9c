/* A handler with SA_RESTART that runs about when a call begins to wait decides
 * nothing for the handler without, that comes when it waits: that one ends the
 * call. The first is a timer's, the second another process's. */
#include "t.h"

enum {
	ROUNDS = 1000,
	MOST_NS = 16000
};

struct shared {
	int go;	    /* this round's call is about to begin */
	int done;   /* it has come back */
	int first;  /* handlers with SA_RESTART that have run */
	int second; /* and those without */
	int over;
};

static struct shared *sh;
static int fd[2];

static void on_first(int sig)
{
	(void)sig;
	t_inc(&sh->first);
}

static void on_second(int sig)
{
	(void)sig;
	t_inc(&sh->second);
}

/* Whether the process's first thread sleeps: in its call, nowhere else. */
static int sleeps(const char *stat)
{
	char b[300] = "", *p;
	int f = DO(open(stat, O_RDONLY));

	DO(read(f, b, sizeof(b) - 1));
	DO(close(f));
	p = strrchr(b, ')');
	return p && p[2] == 'S';
}

/* Until c is true, or else for as long as a slow machine may need. */
#define SOON(c)                               \
	do {                                  \
		double end = t_now() + 8;     \
		while (!(c) && t_now() < end) \
			sched_yield();        \
	} while (0)

static void signals(pid_t pid)
{
	char stat[64];

	snprintf(stat, sizeof(stat), "/proc/%d/stat", pid);
	for (int i = 1;; i++) {
		while (t_get(&sh->go) != i) {
			if (t_get(&sh->over))
				return;
			sched_yield();
		}
		SOON(t_get(&sh->first) == i);
		SOON(sleeps(stat));
		DO(kill(pid, SIGUSR2));
		SOON(t_get(&sh->done) == i);
		if (t_get(&sh->done) != i)
			t_put(fd[1], "x", 1);
	}
}

static void *ends(void *arg)
{
	return arg;
}

int main(void)
{
	pid_t pid, me = getpid();
	double end = t_now() + 4;
	struct sigevent first = { .sigev_notify = SIGEV_SIGNAL,
				  .sigev_signo = SIGUSR1 };
	struct itimerspec at = { 0 };
	unsigned seed = 1;
	timer_t timer;
	int ended = 1;

	sh = (struct shared *)mmap(NULL, 4096, PROT_READ | PROT_WRITE,
				   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	t_pair(SOCK_STREAM, fd);
	t_handle(SIGUSR1, on_first, SA_RESTART);
	t_handle(SIGUSR2, on_second, 0);
	fflush(stdout);
	pid = DO(fork());
	if (!pid) {
		alarm(60);
		signals(me);
		_exit(0);
	}
	t_join(t_go(ends, NULL));
	DO(timer_create(CLOCK_MONOTONIC, &first, &timer));
	for (int i = 1; i <= ROUNDS && ended && t_now() < end; i++) {
		char b;

		seed = seed * 1103515245 + 12345;
		at.it_value.tv_nsec = 1 + (seed >> 8) % MOST_NS;
		t_set(&sh->go, i);
		DO(timer_settime(timer, 0, &at, NULL));
		ended = read(fd[0], &b, 1) < 0 && errno == EINTR;
		t_set(&sh->done, i);
		while (t_get(&sh->second) < i)
			sched_yield();
	}
	CHECK(ended);
	t_set(&sh->over, 1);
	t_reap(pid);
	return t_end();
}
