/* sendmmsg(): waits until all have gone, tells how many did. */
#include "t.h"

#define N 40
static int fd[2];
static char big[200000];
static struct mmsghdr v[N];
static struct iovec iov[N];

static void fill(size_t len)
{
	memset(v, 0, sizeof(v));
	for (int i = 0; i < N; i++) {
		iov[i] = (struct iovec){ big, len };
		v[i].msg_hdr.msg_iov = &iov[i];
		v[i].msg_hdr.msg_iovlen = 1;
	}
}

static void *drain(void *arg)
{
	static char b[70000];
	long sum = 0, left = (long)arg;

	while (left > 0) {
		ssize_t r = recv(fd[0], b, sizeof(b), 0);

		if (r <= 0)
			break;
		sum += r;
		left -= r;
	}
	return (void *)sum;
}

static int all(int n, size_t len)
{
	int k = 0;

	for (int i = 0; i < n; i++)
		k += v[i].msg_len == len;
	return k;
}

static void body(void)
{
	struct timeval tv = { 0, 20000 };
	int small = 1, r;
	pthread_t th;

	t_pair(SOCK_DGRAM, fd);
	fill(100);
	th = t_go(drain, (void *)4000L);
	SHOW(sendmmsg(fd[1], v, N, 0));
	printf("%d whole, %ld received\n", all(N, 100), (long)t_join(th));
	DO(setsockopt(fd[1], SOL_SOCKET, SO_SNDBUF, &small, sizeof(small)));
	DO(setsockopt(fd[1], SOL_SOCKET, SO_SNDTIMEO, &tv, sizeof(tv)));
	r = sendmmsg(fd[1], v, N, 0);
	CHECK(r > 0 && r < N && all(r, 100) == r);
	SHOW(sendmmsg(fd[1], v, N, 0));
	SHOW(sendmmsg(fd[1], v, N, MSG_DONTWAIT));
	DO(close(fd[0]));
	SHOW(sendmmsg(fd[1], v, N, 0));
	DO(close(fd[1]));
	t_pair(SOCK_STREAM, fd);
	fill(sizeof(big));
	th = t_go(drain, (void *)(5L * (long)sizeof(big)));
	SHOW(sendmmsg(fd[1], v, 5, 0));
	printf("%d whole, %ld received\n", all(5, sizeof(big)),
	       (long)t_join(th));
	DO(close(fd[0]));
	SHOW(sendmmsg(fd[1], v, 2, MSG_NOSIGNAL));
	DO(close(fd[1]));
	SHOW(sendmmsg(fd[1], v, 2, 0));
}

int main(void)
{
	t_both(body);
	return t_end();
}
