/* POSIX message queues: receive and send wait; limits of time. */
#include "t.h"
#include <mqueue.h>

static mqd_t q;

static void put(int n)
{
	for (int i = 0; i < n; i++) {
		char c = (char)('a' + i);

		t_settle();
		DO(mq_send(q, &c, 1, (unsigned)i));
	}
}

static void *take(void *arg)
{
	char b[16];
	long sum = 0;

	for (long i = 0; i < (long)arg; i++)
		sum += DO(mq_receive(q, b, sizeof(b), NULL));
	return (void *)sum;
}

static void body(void)
{
	struct mq_attr at = { .mq_maxmsg = 2, .mq_msgsize = 16 };
	struct timespec ts = t_in(CLOCK_REALTIME, 5);
	char name[64], b[16] = "";
	unsigned prio = 9;
	pthread_t th;

	snprintf(name, sizeof(name), "/ring-shim-%d", (int)getpid());
	q = mq_open(name, O_CREAT | O_EXCL | O_RDWR, 0600, &at);
	if (q < 0) {
		printf("no queues: %s\n", strerrorname_np(errno));
		return;
	}
	DO(mq_unlink(name));
	th = t_after(put, 1);
	SHOW(mq_receive(q, b, sizeof(b), &prio));
	printf("%s %u\n", b, prio);
	t_join(th);
	SHOW(mq_timedreceive(q, b, sizeof(b), &prio, &ts));
	th = t_go(take, (void *)10L);
	put(10);
	printf("%ld\n", (long)t_join(th));
	put(2);
	SHOW(mq_timedsend(q, "z", 1, 0, &ts));
	SHOW(mq_receive(q, b, sizeof(b), &prio));
	printf("%.1s %u\n", b, prio);
	SHOW(mq_receive(q, b, 3, &prio));
	DO(mq_close(q));
	SHOW(mq_close(q));
	SHOW(mq_receive(q, b, sizeof(b), &prio));
}

int main(void)
{
	t_both(body);
	return t_end();
}
