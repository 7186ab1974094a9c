/* Named semaphores: between threads, and between processes. */
#include "t.h"

static char name[64];
static sem_t *ping, *pong;

static void *other(void *arg)
{
	(void)arg;
	for (int i = 0; i < 50; i++) {
		DO(sem_wait(ping));
		DO(sem_post(pong));
	}
	return NULL;
}

static sem_t *make(const char *tag)
{
	sem_t *s;

	snprintf(name, sizeof(name), "/ring-shim-%d-%s", (int)getpid(), tag);
	s = sem_open(name, O_CREAT | O_EXCL, 0600, 0);
	if (s == SEM_FAILED)
		t_die("sem_open");
	DO(sem_unlink(name));
	return s;
}

static void body(void)
{
	struct timespec ts = t_in(CLOCK_REALTIME, 5);
	pthread_t th;
	pid_t pid;
	int v;

	ping = make("ping");
	pong = make("pong");
	th = t_go(other, NULL);
	for (int i = 0; i < 50; i++) {
		DO(sem_post(ping));
		DO(sem_wait(pong));
	}
	t_join(th);
	SHOW(sem_trywait(ping));
	SHOW(sem_timedwait(ping, &ts));
	fflush(stdout);
	pid = DO(fork());
	if (!pid) {
		other(NULL);
		_exit(7);
	}
	for (int i = 0; i < 50; i++) {
		DO(sem_post(ping));
		DO(sem_wait(pong));
	}
	t_reap(pid);
	DO(sem_getvalue(ping, &v));
	printf("%d\n", v);
	DO(sem_close(ping));
	DO(sem_close(pong));
	SHOW(sem_open("/ring-shim-nobody", 0) == SEM_FAILED);
}

int main(void)
{
	t_both(body);
	return t_end();
}
