/* System V message queues and semaphores: they wait. */
#include "t.h"
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/sem.h>

struct text {
	long type;
	char s[8];
};
static int q, set;

static void put(int type)
{
	struct text m = { type, "hello" };

	DO(msgsnd(q, &m, 6, 0));
}

static void up(int n)
{
	struct sembuf op = { 0, (short)n, 0 };

	DO(semop(set, &op, 1));
}

static void body(void)
{
	struct sembuf down = { 0, -2, 0 }, zero = { 0, 0, 0 },
		      now = { 0, -1, IPC_NOWAIT };
	struct timespec ts = { 0, 3000000 };
	struct text m;
	pthread_t th;

	q = msgget(IPC_PRIVATE, 0600);
	set = semget(IPC_PRIVATE, 1, 0600);
	if (q < 0 || set < 0) {
		printf("none: %s\n", strerrorname_np(errno));
		return;
	}
	th = t_after(put, 3);
	SHOW(msgrcv(q, &m, sizeof(m.s), 3, 0));
	printf("%ld %s\n", m.type, m.s);
	t_join(th);
	SHOW(msgrcv(q, &m, sizeof(m.s), 0, IPC_NOWAIT));
	th = t_after(up, 2);
	SHOW(semop(set, &down, 1));
	t_join(th);
	SHOW(semop(set, &now, 1));
	SHOW(semtimedop(set, &down, 1, &ts));
	SHOW(semop(set, &zero, 1));
	DO(msgctl(q, IPC_RMID, NULL));
	DO(semctl(set, 0, IPC_RMID));
	SHOW(semop(set, &down, 1));
}

int main(void)
{
	t_both(body);
	return t_end();
}
