/* recvmmsg(): what is there, all that was asked for, limits of time. */
#include "t.h"

static int fd[2];

static int many(unsigned n, int flags, struct timespec *ts)
{
	static char buf[4][8];
	struct mmsghdr v[4];
	struct iovec iov[4];
	int r;

	memset(v, 0, sizeof(v));
	memset(buf, 0, sizeof(buf));
	for (int i = 0; i < 4; i++) {
		iov[i] = (struct iovec){ buf[i], 7 };
		v[i].msg_hdr.msg_iov = &iov[i];
		v[i].msg_hdr.msg_iovlen = 1;
	}
	errno = 0;
	r = recvmmsg(fd[0], v, n, flags, ts);
	printf("%d of %u: %s;", r, n, strerrorname_np(errno));
	for (int i = 0; i < r; i++)
		printf(" \"%s\" %u%s", buf[i], v[i].msg_len,
		       v[i].msg_hdr.msg_flags & MSG_TRUNC ? " cut" : "");
	printf("\n");
	return r;
}

static void put(const char *s)
{
	DO(send(fd[1], s, strlen(s), 0));
}

static void later(int n)
{
	for (int i = 0; i < n; i++) {
		t_settle();
		put("later");
	}
}

static void one(void)
{
	struct timespec ts = { 0, 0 };
	struct timeval tv = { 0, 20000 };
	pthread_t th;

	put("a");
	put("bb");
	put("much too long");
	many(4, MSG_WAITFORONE, NULL);
	th = t_after(later, 3);
	many(3, 0, NULL);
	t_join(th);
	th = t_after(later, 1);
	many(4, MSG_WAITFORONE, NULL);
	t_join(th);
	put("x");
	th = t_after(later, 1);
	many(2, 0, NULL);
	t_join(th);
	many(4, MSG_DONTWAIT, NULL);
	put("one");
	put("two");
	many(2, 0, &ts);
	ts.tv_sec = 60;
	many(1, 0, &ts);
	CHECK(ts.tv_sec <= 60 && ts.tv_sec >= 0);
	th = t_after(later, 2);
	ts = (struct timespec){ 60, 0 };
	many(2, 0, &ts);
	t_join(th);
	ts.tv_nsec = 2000000000;
	many(1, 0, &ts);
	DO(setsockopt(fd[0], SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv)));
	many(2, 0, NULL);
	put("y");
	many(2, 0, NULL);
	SHOW(recvmmsg(fd[0], NULL, 0, 0, NULL));
}

static void body(void)
{
	t_pair(SOCK_DGRAM, fd);
	one();
	t_close2(fd);
	t_pair(SOCK_SEQPACKET, fd);
	one();
	DO(close(fd[1]));
	many(2, 0, NULL);
	DO(close(fd[0]));
	many(2, 0, NULL);
	DO(pipe(fd));
	many(2, 0, NULL);
	t_close2(fd);
}

int main(void)
{
	t_both(body);
	return t_end();
}
