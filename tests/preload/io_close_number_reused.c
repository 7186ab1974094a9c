/* The number of a closed descriptor is used again while a thread still waits
 * on the old one: the old wait and the new descriptor do not meet. */
#include "t.h"

static int fd;
static char b[8];

static void *reader(void *arg)
{
	(void)arg;
	return (void *)(intptr_t)recv(fd, b, 5, MSG_WAITALL);
}

static void one(int s[2])
{
	int other[2], was = s[0], hole[2] = { -1, -1 };
	pthread_t th;
	char c[8];

	fd = s[0];
	th = t_go(reader, NULL);
	t_put(s[1], "a", 1);
	t_await(t_readable(s[0]) == 0);
	t_settle();
	DO(close(s[0]));
	s[0] = -1;
	for (int i = 0, n; (n = DO(dup(0))) != was; i++)
		hole[i] = n;
	DO(close(was));
	t_pair(SOCK_STREAM, other);
	CHECK(other[0] == was);
	t_put(other[1], "wrong", 5);
	t_settle();
	SHOW(recv(other[0], c, sizeof(c), 0));
	printf("%.5s\n", c);
	t_put(s[1], "bcde", 4);
	printf("%ld %.5s\n", (long)t_join(th), b);
	t_close2(other);
	t_close2(hole);
}

int main(void)
{
	t_sockets(one);
	return t_end();
}
