/* What is set for another thread by its id is in force there when that has come
   to its next step: CPUs, priority, policy; by function and by number. */
#include "t.h"

#include <sys/syscall.h>

static int tid, step, done, cpu;

/* The nth field of the kernel's account of the caller. */
static long field(int n)
{
	FILE *f = fopen("/proc/thread-self/stat", "r");
	char line[1000] = "", *p;

	if (!f || !fgets(line, sizeof(line), f))
		t_die("stat");
	fclose(f);
	p = strrchr(line, ')');
	for (int i = 2; i < n; i++)
		p = strchr(p + 1, ' ');
	return strtol(p, NULL, 10);
}

static void *is_set(void *arg)
{
	int astray = 0;

	t_set(&tid, gettid());
	for (int i = 1; i <= 6; i++) {
		while (t_get(&step) < i)
			usleep(200);
		if (i <= 2)
			for (int k = 0; k < 100; k++) {
				astray += sched_getcpu() != cpu;
				usleep(100);
			}
		else
			printf("nice %ld policy %ld\n", field(19), field(41));
		t_set(&done, i);
	}
	printf("astray %d\n", astray);
	return arg;
}

static void next(void)
{
	int n = t_inc(&step);

	t_await(t_get(&done) == n);
}

static int some_cpu(int last)
{
	cpu_set_t all;
	int found = -1;

	DO(sched_getaffinity(0, sizeof(all), &all));
	for (int i = 0; i < CPU_SETSIZE; i++)
		if (CPU_ISSET(i, &all) && (found < 0 || last))
			found = i;
	return found;
}

static void body(void)
{
	struct sched_param none = { 0 };
	cpu_set_t one;
	pthread_t th;

	t_set(&tid, 0);
	t_set(&step, 0);
	t_set(&done, 0);
	th = t_go(is_set, NULL);
	t_await(t_get(&tid));
	for (int i = 0; i < 2; i++) {
		CPU_ZERO(&one);
		CPU_SET(some_cpu(i), &one);
		t_set(&cpu, some_cpu(i));
		if (i)
			DO(sched_setaffinity(tid, sizeof(one), &one));
		else
			DO(syscall(SYS_sched_setaffinity, tid, sizeof(one),
				   &one));
		next();
	}
	DO(setpriority(PRIO_PROCESS, (id_t)tid, 3));
	next();
	DO(syscall(SYS_setpriority, PRIO_PROCESS, tid, 5));
	next();
	DO(sched_setscheduler(tid, SCHED_BATCH, &none));
	next();
	DO(syscall(SYS_sched_setscheduler, tid, SCHED_OTHER, &none));
	next();
	t_join(th);
	printf("mine: nice %ld policy %ld\n", field(19), field(41));
}

int main(void)
{
	t_both(body);
	return t_end();
}
