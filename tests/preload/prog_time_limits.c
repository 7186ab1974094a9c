/* Two hundred waits with time limits, half in vain: each ends as it should. */
#include "t.h"

#define COUNT 200
static int fd[COUNT][2];

static void *worker(void *arg)
{
	int i = (int)(intptr_t)arg;
	struct timeval tv = { i % 2 ? 20 : 0, i % 2 ? 0 : 100000 };
	double t = t_now();
	char b;
	long r;

	DO(setsockopt(fd[i][0], SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv)));
	r = recv(fd[i][0], &b, 1, 0);
	if (i % 2)
		return (void *)(intptr_t)(r == 1);
	return (void *)(intptr_t)(r < 0 && errno == EAGAIN &&
				  t_now() - t >= 0.095);
}

int main(void)
{
	pthread_t th[COUNT];
	long good = 0;

	for (int i = 0; i < COUNT; i++) {
		t_pair(SOCK_STREAM, fd[i]);
		th[i] = t_go(worker, (void *)(intptr_t)i);
	}
	for (int i = 1; i < COUNT; i += 2)
		t_put(fd[i][1], "x", 1);
	for (int i = 0; i < COUNT; i++)
		good += (long)t_join(th[i]);
	printf("%ld good\n", good);
	return t_end();
}
