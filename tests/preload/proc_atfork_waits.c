/* fork() whose prepare handlers wait, for a time and for a lock: the child is a
   whole process, which can wait and make a thread of its own. */
#include "t.h"

#include <pty.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t turn = PTHREAD_COND_INITIALIZER;
static int held, asked;

static void prepare(void)
{
	usleep(500);
	pthread_mutex_lock(&lock);
	asked++;
	pthread_mutex_unlock(&lock);
	usleep(500);
	pthread_mutex_lock(&lock);
}

static void after(void)
{
	pthread_mutex_unlock(&lock);
}

static void *holder(void *arg)
{
	pthread_mutex_lock(&lock);
	held = 1;
	pthread_cond_signal(&turn);
	usleep(3000);
	pthread_mutex_unlock(&lock);
	return arg;
}

static void *in_child(void *arg)
{
	usleep(100);
	pthread_mutex_lock(&lock);
	pthread_mutex_unlock(&lock);
	return arg;
}

static void child(void)
{
	char *p = (char *)malloc(100);

	usleep(100);
	t_join(t_go(in_child, NULL));
	_exit(p && getpid() == gettid() ? 3 : 4);
}

static void forks(void)
{
	pthread_t th;
	pid_t pid;
	int pty;

	held = 0;
	pthread_mutex_lock(&lock);
	th = t_go(holder, NULL);
	while (!held)
		pthread_cond_wait(&turn, &lock);
	pthread_mutex_unlock(&lock);
	pid = DO(fork());
	if (pid == 0)
		child();
	t_reap(pid);
	t_join(th);
	pid = DO(forkpty(&pty, NULL, NULL, NULL));
	if (pid == 0)
		child();
	t_reap(pid);
	close(pty);
}

int main(void)
{
	PDO(pthread_atfork(prepare, after, after));
	t_both(forks);
	printf("asked %d times\n", asked);
	return t_end();
}
