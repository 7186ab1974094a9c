/* Affinity, names and policies set for another thread, which waits. */
#include "t.h"

static int fd[2], up;

static void *worker(void *arg)
{
	cpu_set_t set;
	char b, name[16];

	(void)arg;
	t_set(&up, 1);
	t_take(fd[0], &b, 1);
	DO(sched_getaffinity(0, sizeof(set), &set));
	PDO(pthread_getname_np(pthread_self(), name, sizeof(name)));
	printf("%d cpu, %s, on it: %d, batch %d\n", CPU_COUNT(&set), name,
	       CPU_ISSET(sched_getcpu(), &set) != 0,
	       sched_getscheduler(0) == SCHED_BATCH);
	return NULL;
}

int main(void)
{
	struct sched_param param = { 0 };
	cpu_set_t all, one, got;

	DO(pipe(fd));
	DO(sched_getaffinity(0, sizeof(all), &all));
	CPU_ZERO(&one);
	for (int i = 0; i < CPU_SETSIZE; i++)
		if (CPU_ISSET(i, &all)) {
			CPU_ZERO(&one);
			CPU_SET(i, &one);
		}
	for (int i = 0; i < 3; i++) {
		pthread_t th = t_go(worker, NULL);

		t_await(t_get(&up));
		t_settle();
		PSHOW(pthread_setaffinity_np(th, sizeof(one), &one));
		PSHOW(pthread_setname_np(th, "worker"));
		PSHOW(pthread_getaffinity_np(th, sizeof(got), &got));
		CHECK(CPU_EQUAL(&got, &one));
		PSHOW(pthread_setschedparam(th, SCHED_BATCH, &param));
		t_put(fd[1], "x", 1);
		t_join(th);
		t_set(&up, 0);
	}
	return t_end();
}
