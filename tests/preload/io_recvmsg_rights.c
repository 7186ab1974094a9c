/* SCM_RIGHTS: a descriptor passed to a waiting thread works like any other. */
#include "t.h"

static int gift[2];

static void pass(int fd)
{
	char b[1] = { 'f' };
	struct iovec v = { b, 1 };
	union {
		char buf[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} u;
	struct msghdr m = { .msg_iov = &v, .msg_iovlen = 1,
			    .msg_control = u.buf,
			    .msg_controllen = sizeof(u.buf) };
	struct cmsghdr *c = CMSG_FIRSTHDR(&m);

	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(c), &gift[0], sizeof(int));
	DO(sendmsg(fd, &m, 0));
}

static int get(int fd, int flags)
{
	char b[4];
	struct iovec v = { b, 4 };
	union {
		char buf[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} u;
	struct msghdr m = { .msg_iov = &v, .msg_iovlen = 1,
			    .msg_control = u.buf,
			    .msg_controllen = sizeof(u.buf) };
	struct cmsghdr *c;
	int got = -1;

	SHOW(recvmsg(fd, &m, flags));
	c = CMSG_FIRSTHDR(&m);
	if (c && c->cmsg_type == SCM_RIGHTS)
		memcpy(&got, CMSG_DATA(c), sizeof(int));
	printf("flags %x\n", m.msg_flags & ~MSG_CMSG_CLOEXEC);
	return got;
}

static void feed(int fd)
{
	t_put(fd, "gift", 4);
}

static void one(int type, int flags)
{
	int fd[2], got;
	char b[8];
	pthread_t th;

	t_pair(type, fd);
	DO(pipe(gift));
	th = t_after(pass, fd[1]);
	got = get(fd[0], flags);
	t_join(th);
	CHECK(got == gift[1] + 1);
	SHOW(fcntl(got, F_GETFD));
	SHOW(fcntl(got, F_GETFL) & O_NONBLOCK);
	DO(close(gift[0]));
	th = t_after(feed, gift[1]);
	SHOW(read(got, b, 8));
	t_join(th);
	DO(close(got));
	DO(close(gift[1]));
	t_close2(fd);
}

static void body(void)
{
	one(SOCK_STREAM, 0);
	one(SOCK_DGRAM, MSG_CMSG_CLOEXEC);
	one(SOCK_SEQPACKET, 0);
}

int main(void)
{
	t_both(body);
	return t_end();
}
