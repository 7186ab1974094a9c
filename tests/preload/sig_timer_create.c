/* timer_create(): SIGEV_SIGNAL, SIGEV_THREAD and SIGEV_THREAD_ID, for threads
 * that wait and that compute. */
#include "t.h"
#include <sys/syscall.h>

#ifndef sigev_notify_thread_id
#define sigev_notify_thread_id _sigev_un._tid
#endif

static int fd[2], told[2], hits, value, where;
static __thread int me;

static void on(int sig, siginfo_t *info, void *uc)
{
	(void)sig;
	(void)uc;
	/* a later one may find the thread in here, and go to another */
	if (t_inc(&hits) > 1)
		return;
	t_set(&value, info->si_value.sival_int);
	t_set(&where, info->si_code == SI_TIMER ? me : -1);
}

static void in_thread(union sigval v)
{
	char c = (char)v.sival_int;

	/* it may come late, when another timer is at work */
	t_put(told[1], &c, 1);
}

static timer_t start(struct sigevent *ev, int val)
{
	/* periodic: it may come before the thread waits */
	struct itimerspec it = { { 0, 5000000 }, { 0, 5000000 } };
	timer_t t;

	ev->sigev_value.sival_int = val;
	t_set(&hits, 0);
	DO(timer_create(CLOCK_MONOTONIC, ev, &t));
	DO(timer_settime(t, 0, &it, NULL));
	return t;
}

static void body(void)
{
	struct sigevent ev = { .sigev_notify = SIGEV_THREAD_ID,
			       .sigev_signo = SIGRTMIN };
	timer_t t;
	char b;

	me = me ? me : 2;
	ev.sigev_notify_thread_id = (pid_t)syscall(SYS_gettid);
	t = start(&ev, 10);
	SHOW(read(fd[0], &b, 1));
	DO(timer_delete(t));
	printf("waits: value %d, here %d\n", value, where == me);
	t_settle();
	t = start(&ev, 11);
	while (!t_get(&hits))
		;
	DO(timer_delete(t));
	printf("computes: value %d, here %d\n", value, where == me);
	ev = (struct sigevent){ .sigev_notify = SIGEV_THREAD };
	ev.sigev_notify_function = in_thread;
	t = start(&ev, 12);
	SHOW(read(told[0], &b, 1));
	DO(timer_delete(t));
	printf("thread: value %d\n", b);
}

int main(void)
{
	struct sigevent ev = { .sigev_notify = SIGEV_SIGNAL,
			       .sigev_signo = SIGRTMIN };
	struct sigaction sa = { .sa_flags = SA_SIGINFO };
	timer_t t;
	char b;

	me = 1;
	sa.sa_sigaction = on;
	DO(sigaction(SIGRTMIN, &sa, NULL));
	DO(pipe(fd));
	DO(pipe(told));
	/* who is not to take the timer's signal when main has it already */
	t_background_without(SIGRTMIN);
	t = start(&ev, 9);
	SHOW(read(fd[0], &b, 1));
	DO(timer_delete(t));
	printf("main: value %d, here %d\n", value, where == me);
	body();
	t_in_thread(body);
	return t_end();
}
