/* A program with its own epoll loop in a thread, beside blocking threads. */
#include "t.h"
#include <sys/epoll.h>

#define COUNT 8
static int fd[COUNT][2];

static void *loop(void *arg)
{
	int ep = DO(epoll_create1(0)), left = COUNT;
	long bytes = 0;

	(void)arg;
	for (int i = 0; i < COUNT; i++) {
		struct epoll_event ev = { .events = EPOLLIN, .data.u32 = 0 };

		ev.data.fd = fd[i][0];
		DO(fcntl(fd[i][0], F_SETFL, O_NONBLOCK));
		DO(epoll_ctl(ep, EPOLL_CTL_ADD, fd[i][0], &ev));
	}
	while (left) {
		struct epoll_event ev[4];
		int n = epoll_wait(ep, ev, 4, -1);

		for (int i = 0; i < n; i++) {
			char b[64];
			ssize_t r = read(ev[i].data.fd, b, sizeof(b));

			if (r > 0) {
				bytes += r;
				t_put(ev[i].data.fd, b, (size_t)r);
			} else if (r == 0) {
				DO(epoll_ctl(ep, EPOLL_CTL_DEL,
					     ev[i].data.fd, NULL));
				left--;
			}
		}
	}
	DO(close(ep));
	return (void *)bytes;
}

static void *client(void *arg)
{
	int s = *(int *)arg;
	char b[4];

	for (int i = 0; i < 50; i++) {
		t_put(s, "ping", 4);
		t_take(s, b, 4);
	}
	DO(shutdown(s, SHUT_WR));
	return NULL;
}

int main(void)
{
	pthread_t l, th[COUNT];

	for (int i = 0; i < COUNT; i++)
		t_pair(SOCK_STREAM, fd[i]);
	l = t_go(loop, NULL);
	for (int i = 0; i < COUNT; i++)
		th[i] = t_go(client, &fd[i][1]);
	for (int i = 0; i < COUNT; i++)
		t_join(th[i]);
	printf("%ld bytes\n", (long)t_join(l));
	return t_end();
}
