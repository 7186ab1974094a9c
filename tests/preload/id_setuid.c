/* setgid() and setuid() by a worker, beside threads that wait, compute and are
 * new: all kernel threads of the process have the new ids, and those that
 * threads ask for agree. */
#include "t.h"

static int fd[2], to_setter[2], stop, up, agree;

static void *waits(void *arg)
{
	char b;

	(void)arg;
	t_inc(&up);
	t_take(fd[0], &b, 1);
	if (getuid() == geteuid() && getgid() == getegid())
		t_inc(&agree);
	return NULL;
}

static void *computes(void *arg)
{
	(void)arg;
	t_inc(&up);
	while (!t_get(&stop))
		;
	return NULL;
}

static char uid[64], gid[64];

static int differs(const char *line)
{
	return (!strncmp(line, "Uid:", 4) && strcmp(line, uid)) ||
	       (!strncmp(line, "Gid:", 4) && strcmp(line, gid));
}

/* How many tasks of ours have other ids than the caller? */
static int others(void)
{
	snprintf(uid, sizeof(uid), "Uid:\t%d\t%d\t%d\t%d\n", getuid(), getuid(),
		 getuid(), getuid());
	snprintf(gid, sizeof(gid), "Gid:\t%d\t%d\t%d\t%d\n", getgid(), getgid(),
		 getgid(), getgid());
	return t_task_lines(differs);
}

static void *sets(void *arg)
{
	int root = getuid() == 0;
	char b;

	(void)arg;
	t_take(to_setter[0], &b, 1);
	CHECK(setgid(root ? 65534 : getgid()) == 0);
	CHECK(setuid(root ? 65534 : getuid()) == 0);
	CHECK(!root || (getuid() == 65534 && getegid() == 65534));
	CHECK(!root || (setuid(0) < 0 && errno == EPERM));
	printf("with other ids: %d\n", others());
	return NULL;
}

int main(void)
{
	pthread_t w[4], c, th;

	DO(socketpair(AF_UNIX, SOCK_DGRAM, 0, fd));
	DO(socketpair(AF_UNIX, SOCK_DGRAM, 0, to_setter));
	for (int i = 0; i < 4; i++)
		w[i] = t_go(waits, NULL);
	c = t_go(computes, NULL);
	t_await(t_get(&up) == 5);
	t_settle();
	th = t_go(sets, NULL);
	t_put(to_setter[1], "x", 1);
	t_join(th);
	for (int i = 0; i < 4; i++)
		t_put(fd[1], "x", 1);
	t_set(&stop, 1);
	t_join(c);
	for (int i = 0; i < 4; i++)
		t_join(w[i]);
	printf("agree: %d\n", agree);
	th = t_go(computes, NULL);
	t_join(th);
	printf("with other ids: %d\n", others());
	return t_end();
}
