/* recvfrom() on connected streams: what it says of the address. */
#include "t.h"

static void feed(int fd)
{
	t_put(fd, "later", 5);
}

static void one(int fd[2])
{
	struct sockaddr_storage ss;
	socklen_t len = sizeof(ss);
	char b[16];
	pthread_t th = t_after(feed, fd[1]);

	SHOW(recvfrom(fd[0], b, 16, 0, (struct sockaddr *)&ss, &len));
	printf("len %d\n", (int)len);
	t_join(th);
	t_put(fd[1], "now", 3);
	len = sizeof(ss);
	SHOW(recvfrom(fd[0], b, 16, 0, (struct sockaddr *)&ss, &len));
	printf("len %d\n", (int)len);
}

static void body(void)
{
	t_sockets(one);
}

int main(void)
{
	t_both(body);
	return t_end();
}
