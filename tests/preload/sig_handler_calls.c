/* A handler that changes actions, masks and timers, or sends signals: the call
 * that it has interrupted ends with EINTR all the same. */
#include "t.h"

static sem_t sem;
static int fd[2];
static pthread_t who;

static void h_sigaction(void)
{
	struct sigaction sa = { .sa_handler = SIG_IGN };

	sigaction(SIGUSR2, &sa, NULL);
}

static void h_timer(void)
{
	struct itimerval none = { { 0, 0 }, { 0, 0 } };

	setitimer(ITIMER_REAL, &none, NULL);
}

static void h_mask(void)
{
	sigset_t set;

	sigemptyset(&set);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
}

static void h_raise(void)
{
	raise(SIGCHLD);
}

static const struct {
	const char *name;
	void (*fn)(void);
} does[] = {
#define D(x) { #x, h_##x }
	D(sigaction), D(timer), D(mask), D(raise),
};

static int which, hits;

static void on(int sig)
{
	(void)sig;
	t_inc(&hits);
	does[which].fn();
}

static void wait_sem(void)
{
	SHOW(sem_wait(&sem));
}

static void wait_read(void)
{
	char b;

	SHOW(read(fd[0], &b, 1));
}

/* Until it has ended: a signal may come before the wait has begun. */
static void *kills(void *done)
{
	while (!t_get((int *)done)) {
		pthread_kill(who, SIGUSR1);
		t_msleep(2);
	}
	return NULL;
}

static void interrupted(void (*wait)(void))
{
	int done = 0;
	pthread_t th;

	who = pthread_self();
	th = t_go(kills, &done);
	wait();
	t_set(&done, 1);
	t_join(th);
}

static void body(void)
{
	for (which = 0; which < (int)(sizeof(does) / sizeof(*does)); which++) {
		printf("%s\n", does[which].name);
		interrupted(wait_sem);
		interrupted(wait_read);
	}
}

/* With no other thread: the first signal that comes in the wait ends it. */
static void alone(void)
{
	struct itimerval it = { { 0, 5000 }, { 0, 5000 } };
	int least = INT_MAX;

	which = 0;
	t_handle(SIGALRM, on, 0);
	for (int i = 0; i < 10; i++) {
		t_set(&hits, 0);
		DO(setitimer(ITIMER_REAL, &it, NULL));
		wait_sem();
		if (t_get(&hits) < least)
			least = t_get(&hits);
		h_timer();
	}
	SHOW(least);
}

int main(void)
{
	DO(sem_init(&sem, 0, 0));
	DO(pipe(fd));
	alone();
	t_handle(SIGUSR1, on, 0);
	t_both(body);
	return t_end();
}
