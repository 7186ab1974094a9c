/* What Linux keeps for each thread: affinity, nice value, policy, file-system
 * ids, the name, timer slack: set by one thread that has waited, kept over its
 * waits, inherited by what it makes, and not seen by others. */
#include "t.h"
#include <sys/fsuid.h>
#include <sys/prctl.h>

static int fd[2];

static void show(const char *who)
{
	cpu_set_t set;
	char name[16];

	DO(sched_getaffinity(0, sizeof(set), &set));
	PDO(pthread_getname_np(pthread_self(), name, sizeof(name)));
	errno = 0;
	printf("%s: %s, one cpu %d, nice %d, policy %d, slack %d\n", who,
	       name[0] == 'i' ? "-" : name, CPU_COUNT(&set) == 1,
	       getpriority(PRIO_PROCESS, 0), sched_getscheduler(0),
	       prctl(PR_GET_TIMERSLACK) == 77777);
}

static void wait_a_bit(void)
{
	char b;

	t_put(fd[1], "x", 1);
	t_take(fd[0], &b, 1);
	t_settle();
}

static void *inherits(void *arg)
{
	wait_a_bit();
	show(arg);
	return NULL;
}

static void *sets(void *arg)
{
	struct sched_param param = { 0 };
	cpu_set_t all, one;
	int nice_ = getpriority(PRIO_PROCESS, 0);

	(void)arg;
	wait_a_bit();
	DO(sched_getaffinity(0, sizeof(all), &all));
	CPU_ZERO(&one);
	for (int i = 0; i < CPU_SETSIZE && !CPU_COUNT(&one); i++)
		if (CPU_ISSET(i, &all))
			CPU_SET(i, &one);
	SHOW(sched_setaffinity(0, sizeof(one), &one));
	wait_a_bit();
	CHECK(setpriority(PRIO_PROCESS, 0, nice_ + 3 > 19 ? 19 : nice_ + 3) ==
	      0);
	CHECK(getpriority(PRIO_PROCESS, 0) ==
	      (nice_ + 3 > 19 ? 19 : nice_ + 3));
	wait_a_bit();
	SHOW(sched_setscheduler(0, SCHED_BATCH, &param));
	SHOW(prctl(PR_SET_TIMERSLACK, 77777));
	wait_a_bit();
	PDO(pthread_setname_np(pthread_self(), "own"));
	show("setter");
	wait_a_bit();
	show("later");
	t_join(t_go(inherits, "its child"));
	return NULL;
}

int main(void)
{
	DO(pipe(fd));
	prctl(PR_SET_NAME, "i");
	t_background();
	show("main");
	t_join(t_go(inherits, "another"));
	t_join(t_go(sets, NULL));
	wait_a_bit();
	show("main");
	t_join(t_go(inherits, "another"));
	return t_end();
}
