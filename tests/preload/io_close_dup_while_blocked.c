/* Closing one of two descriptors for a socket leaves a waiting reader be. */
#include "t.h"

static int fd;
static char b[8];

static void *reader(void *arg)
{
	(void)arg;
	return (void *)(intptr_t)read(fd, b, 5);
}

static void one(int s[2])
{
	int d = DO(dup(s[0]));
	pthread_t th;

	fd = s[0];
	th = t_go(reader, NULL);
	t_settle();
	SHOW(close(d));
	t_settle();
	t_put(s[1], "hello", 5);
	printf("%ld %.5s\n", (long)t_join(th), b);
}

int main(void)
{
	t_streams(one);
	return t_end();
}
