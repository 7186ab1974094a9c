/* dup2() over a descriptor on which a thread waits: it goes on waiting on the
 * old one, and the number now means the new one. */
#include "t.h"

static int num;
static char got[8];

static void *reader(void *arg)
{
	(void)arg;
	return (void *)(intptr_t)recv(num, got, 5, MSG_WAITALL);
}

static void one(int fd[2])
{
	int other[2];
	char b[8];
	pthread_t th;

	t_pair(SOCK_STREAM, other);
	num = fd[0];
	th = t_go(reader, NULL);
	t_put(fd[1], "a", 1);
	t_await(t_readable(fd[0]) == 0);
	t_settle();
	SHOW(dup2(other[0], fd[0]) == fd[0]);
	t_put(other[1], "new", 3);
	SHOW(recv(fd[0], b, 8, 0));
	printf("%.3s\n", b);
	t_put(fd[1], "bcde", 4);
	printf("%ld %.5s\n", (long)t_join(th), got);
	SHOW(recv(fd[1], b, 8, 0));
	t_close2(other);
}

int main(void)
{
	t_sockets(one);
	return t_end();
}
