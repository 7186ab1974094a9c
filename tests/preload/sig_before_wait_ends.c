/* A signal sent to the process before a semaphore was posted, or a lock let
 * go, has been handled when the main thread, which waited for that, goes on. */
#include "t.h"

#define ROUNDS 200

static sem_t asked, given;
static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
static int handled, held, by_lock;

static void on_signal(int sig)
{
	(void)sig;
	t_inc(&handled);
}

static void wait_for(sem_t *s)
{
	while (sem_wait(s) < 0)
		;
}

static void *sender(void *arg)
{
	(void)arg;
	for (int i = 0; i < ROUNDS; i++) {
		wait_for(&asked);
		if (t_get(&by_lock)) {
			PDO(pthread_mutex_lock(&m));
			t_set(&held, 1);
		}
		t_settle();
		DO(kill(getpid(), SIGUSR1));
		if (t_get(&by_lock))
			PDO(pthread_mutex_unlock(&m));
		else
			DO(sem_post(&given));
	}
	return NULL;
}

static void rounds(int lock)
{
	pthread_t th;
	int missed = 0;

	t_set(&by_lock, lock);
	th = t_go(sender, NULL);
	for (int i = 0; i < ROUNDS; i++) {
		int before = t_get(&handled);

		t_set(&held, 0);
		DO(sem_post(&asked));
		if (lock) {
			t_await(t_get(&held));
			PDO(pthread_mutex_lock(&m));
			PDO(pthread_mutex_unlock(&m));
		} else {
			wait_for(&given);
		}
		missed += t_get(&handled) == before;
		t_await(t_get(&handled) > before);
	}
	t_join(th);
	printf("missed %d\n", missed);
}

int main(void)
{
	struct sigaction sa = { .sa_handler = on_signal,
				.sa_flags = SA_RESTART };

	DO(sigaction(SIGUSR1, &sa, NULL));
	DO(sem_init(&asked, 0, 0));
	DO(sem_init(&given, 0, 0));
	rounds(0);
	rounds(1);
	return t_end();
}
