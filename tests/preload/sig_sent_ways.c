/* A signal for another thread is there when the call that sent it has returned,
   whichever that was: its handler runs before the thread sees what came after. */
#include "t.h"

#include <sys/syscall.h>

#define ROUNDS 100

static sem_t go_on, seen;
static int ran, tid;

static void on(int sig)
{
	(void)sig;
	t_inc(&ran);
}

static void *waits(void *arg)
{
	intptr_t late = 0;
	sigset_t none;

	(void)arg;
	sigemptyset(&none);
	PDO(pthread_sigmask(SIG_SETMASK, &none, NULL));
	t_set(&tid, gettid());
	for (int i = 0; i < ROUNDS; i++) {
		while (sem_wait(&go_on) < 0)
			;
		late += t_get(&ran) != i + 1;
		t_await(t_get(&ran) == i + 1);
		sem_post(&seen);
	}
	return (void *)late;
}

static void by_sigqueue(pthread_t th)
{
	PDO(pthread_sigqueue(th, SIGUSR1, (union sigval){ .sival_int = 1 }));
}

static void by_tgkill(pthread_t th)
{
	(void)th;
	DO(tgkill(getpid(), tid, SIGUSR1));
}

static void by_number(pthread_t th)
{
	(void)th;
	DO(syscall(SYS_tgkill, getpid(), tid, SIGUSR1));
}

static void by_tkill(pthread_t th)
{
	(void)th;
	DO(syscall(SYS_tkill, tid, SIGUSR1));
}

static void by_queueinfo(pthread_t th)
{
	siginfo_t info;

	(void)th;
	memset(&info, 0, sizeof(info));
	info.si_code = SI_QUEUE;
	info.si_signo = SIGUSR1;
	DO(syscall(SYS_rt_tgsigqueueinfo, getpid(), tid, SIGUSR1, &info));
}

/* All others block it. */
static void by_kill(pthread_t th)
{
	(void)th;
	DO(kill(getpid(), SIGUSR1));
}

static void by_kill_number(pthread_t th)
{
	(void)th;
	DO(syscall(SYS_kill, getpid(), SIGUSR1));
}

static void all(const char *name, void (*send)(pthread_t th))
{
	pthread_t th;

	t_set(&ran, 0);
	t_set(&tid, 0);
	th = t_go(waits, NULL);
	t_await(t_get(&tid));
	for (int i = 0; i < ROUNDS; i++) {
		usleep(300);
		send(th);
		sem_post(&go_on);
		while (sem_wait(&seen) < 0)
			;
	}
	printf("%s: %d late\n", name, (int)(intptr_t)t_join(th));
}

int main(void)
{
	sigset_t set;

	t_handle(SIGUSR1, on, SA_RESTART);
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	PDO(pthread_sigmask(SIG_BLOCK, &set, NULL));
	t_background();
	sem_init(&go_on, 0, 0);
	sem_init(&seen, 0, 0);
	all("pthread_sigqueue", by_sigqueue);
	all("tgkill", by_tgkill);
	all("SYS_tgkill", by_number);
	all("SYS_tkill", by_tkill);
	all("SYS_rt_tgsigqueueinfo", by_queueinfo);
	all("kill", by_kill);
	all("SYS_kill", by_kill_number);
	return t_end();
}
