/* No room for the control message: MSG_CTRUNC, and nothing leaks. */
#include "t.h"

static void pass(int fd)
{
	char b[1] = { 'f' };
	int fds[2] = { 0, 1 };
	struct iovec v = { b, 1 };
	union {
		char buf[CMSG_SPACE(sizeof(fds))];
		struct cmsghdr align;
	} u;
	struct msghdr m = { .msg_iov = &v, .msg_iovlen = 1,
			    .msg_control = u.buf,
			    .msg_controllen = sizeof(u.buf) };
	struct cmsghdr *c = CMSG_FIRSTHDR(&m);

	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof(fds));
	memcpy(CMSG_DATA(c), fds, sizeof(fds));
	DO(sendmsg(fd, &m, 0));
}

static void get(int fd, size_t room)
{
	char b[4];
	struct iovec v = { b, 4 };
	union {
		char buf[CMSG_SPACE(2 * sizeof(int))];
		struct cmsghdr align;
	} u;
	struct msghdr m = { .msg_iov = &v, .msg_iovlen = 1,
			    .msg_control = room ? u.buf : NULL,
			    .msg_controllen = room };
	struct cmsghdr *c;

	SHOW(recvmsg(fd, &m, 0));
	printf("ctrunc %d len %d\n", !!(m.msg_flags & MSG_CTRUNC),
	       (int)m.msg_controllen);
	c = CMSG_FIRSTHDR(&m);
	if (c && c->cmsg_type == SCM_RIGHTS) {
		int got;

		printf("one came, len %d\n", (int)c->cmsg_len);
		memcpy(&got, CMSG_DATA(c), sizeof(int));
		DO(close(got));
	}
}

static void body(void)
{
	static const size_t room[] = { 0, 8, CMSG_LEN(sizeof(int)) };
	int fd[2], before = DO(dup(0)), after;
	char b[4];

	DO(close(before));
	for (int i = 0; i < 3; i++) {
		pthread_t th;

		t_pair(SOCK_STREAM, fd);
		pass(fd[1]);
		get(fd[0], room[i]);
		th = t_after(pass, fd[1]);
		get(fd[0], room[i]);
		t_join(th);
		pass(fd[1]);
		SHOW(read(fd[0], b, 4));
		t_close2(fd);
	}
	after = DO(dup(0));
	CHECK(after == before);
	DO(close(after));
}

int main(void)
{
	t_both(body);
	return t_end();
}
