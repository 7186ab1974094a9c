/* A signal that was sent to a thread before the thread is woken is handled before it
 * goes on, however it was sent. */
#include "t.h"
#include <sys/syscall.h>

#define ROUNDS 100

static sem_t go, done;
static int handled, late, tid;

static void on_signal(int sig)
{
	(void)sig;
	t_inc(&handled);
}

static void *waits(void *arg)
{
	t_set(&tid, (int)syscall(SYS_gettid));
	for (int i = 1; i <= ROUNDS; i++) {
		while (sem_wait(&go) < 0)
			;
		if (t_get(&handled) != i)
			late++;
		t_await(t_get(&handled) == i);
		DO(sem_post(&done));
	}
	return arg;
}

static void by_kill(pthread_t th)
{
	PDO(pthread_kill(th, SIGUSR1));
}

static void by_sigqueue(pthread_t th)
{
	union sigval v = { 0 };

	PDO(pthread_sigqueue(th, SIGUSR1, v));
}

static void by_tgkill(pthread_t th)
{
	(void)th;
	DO(tgkill(getpid(), t_get(&tid), SIGUSR1));
}

static void by_number(pthread_t th)
{
	(void)th;
	DO(syscall(SYS_tgkill, getpid(), t_get(&tid), SIGUSR1));
}

static void try(const char *name, void (*send)(pthread_t))
{
	pthread_t th;

	t_set(&handled, 0);
	t_set(&tid, 0);
	late = 0;
	th = t_go(waits, NULL);
	t_await(t_get(&tid));
	for (int i = 0; i < ROUNDS; i++) {
		usleep(300);
		send(th);
		DO(sem_post(&go));
		while (sem_wait(&done) < 0)
			;
	}
	t_join(th);
	printf("%s: %d late\n", name, late);
}

int main(void)
{
	DO(sem_init(&go, 0, 0));
	DO(sem_init(&done, 0, 0));
	t_handle(SIGUSR1, on_signal, SA_RESTART);
	try("pthread_kill", by_kill);
	try("pthread_sigqueue", by_sigqueue);
	try("tgkill", by_tgkill);
	try("by number", by_number);
	return t_end();
}
