/* SO_RCVTIMEO with MSG_WAITALL: what had come by then is the count. */
#include "t.h"

static void one(int fd[2])
{
	struct timeval tv = { 0, 60000 };
	char b[16] = "";
	double t;

	DO(setsockopt(fd[0], SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv)));
	t_put(fd[1], "abc", 3);
	t = t_now();
	SHOW(recv(fd[0], b, 10, MSG_WAITALL));
	t = t_now() - t;
	CHECK(t >= 0.055 && t < 8);
	printf("%.3s\n", b);
	SHOW(recv(fd[0], b, 10, MSG_WAITALL));
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
