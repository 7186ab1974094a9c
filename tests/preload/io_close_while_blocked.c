/* close() of a descriptor on which another thread waits in recv(): the thread
 * goes on waiting, the peer sees no end, and data still comes through. */
#include "t.h"

static int fd, result;
static char b[8];

static void *reader(void *arg)
{
	(void)arg;
	t_set(&result, (int)recv(fd, b, 5, MSG_WAITALL) + 100);
	return NULL;
}

static void one(int s[2])
{
	pthread_t th;
	char c;

	fd = s[0];
	result = 0;
	th = t_go(reader, NULL);
	t_put(s[1], "a", 1);
	/* Its first byte taken, the thread is inside the call. */
	t_await(t_readable(s[0]) == 0);
	t_settle();
	SHOW(close(s[0]));
	s[0] = -1;
	for (int i = 0; i < 5; i++)
		t_settle();
	printf("result %d\n", t_get(&result));
	SHOW(recv(s[1], &c, 1, MSG_DONTWAIT));
	SHOW(send(s[1], "bcde", 4, MSG_NOSIGNAL));
	t_join(th);
	printf("result %d %.5s\n", result, b);
	SHOW(recv(s[1], &c, 1, 0));
}

int main(void)
{
	t_sockets(one);
	return t_end();
}
