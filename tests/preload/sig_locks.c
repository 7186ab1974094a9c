/* Signals and locks: sem_wait() is interrupted or goes on by SA_RESTART;
 * mutexes, conditions and joins never tell. */
#include "t.h"

static int hits, flag;
static sem_t s;
static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t c = PTHREAD_COND_INITIALIZER;

static void on(int sig)
{
	(void)sig;
	t_inc(&hits);
}

static void poke(void)
{
	int before = t_get(&hits);

	for (int i = 1; i <= 3; i++) {
		PDO(pthread_kill(t_waiter, SIGUSR1));
		t_await(t_get(&hits) >= before + i);
	}
}

static void post(int unused)
{
	(void)unused;
	poke();
	DO(sem_post(&s));
}

static void let_go(int unused)
{
	(void)unused;
	poke();
	PDO(pthread_mutex_lock(&m));
	flag = 1;
	PDO(pthread_cond_signal(&c));
	PDO(pthread_mutex_unlock(&m));
}

static int held;

static void *holder(void *arg)
{
	(void)arg;
	PDO(pthread_mutex_lock(&m));
	t_set(&held, 1);
	poke();
	PDO(pthread_mutex_unlock(&m));
	poke();
	return NULL;
}

static void body(void)
{
	struct timespec ts;
	pthread_t th;

	t_handle(SIGUSR1, on, 0);
	th = t_poke(t_poker, NULL);
	SHOW(sem_wait(&s));
	ts = t_in(CLOCK_REALTIME, 20000);
	SHOW(sem_timedwait(&s, &ts));
	t_poke_end(th);
	flag = 0;
	th = t_after(let_go, 0);
	PDO(pthread_mutex_lock(&m));
	while (!flag)
		PDO(pthread_cond_wait(&c, &m));
	PDO(pthread_mutex_unlock(&m));
	t_join(th);
	t_set(&held, 0);
	th = t_go(holder, NULL);
	t_await(t_get(&held));
	PSHOW(pthread_mutex_lock(&m));
	PSHOW(pthread_mutex_unlock(&m));
	PSHOW(pthread_join(th, NULL));
	t_handle(SIGUSR1, on, SA_RESTART);
	th = t_after(post, 0);
	SHOW(sem_wait(&s));
	t_join(th);
}

int main(void)
{
	DO(sem_init(&s, 0, 0));
	t_both(body);
	return t_end();
}
