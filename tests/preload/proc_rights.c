/* A socket is passed to another process by SCM_RIGHTS, whose threads wait on
 * it; nothing of ours is left on it. */
#include "t.h"

static int s[2];

static void pass(int over, int fd)
{
	union {
		char room[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} u;
	char b = 'f';
	struct iovec v = { &b, 1 };
	struct msghdr m = { .msg_iov = &v, .msg_iovlen = 1,
			    .msg_control = u.room,
			    .msg_controllen = sizeof(u.room) };
	struct cmsghdr *c = CMSG_FIRSTHDR(&m);

	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(c), &fd, sizeof(fd));
	DO(sendmsg(over, &m, 0));
}

static int take(int over)
{
	union {
		char room[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} u;
	char b;
	struct iovec v = { &b, 1 };
	struct msghdr m = { .msg_iov = &v, .msg_iovlen = 1,
			    .msg_control = u.room,
			    .msg_controllen = sizeof(u.room) };
	int fd;

	DO(recvmsg(over, &m, 0));
	memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&m)), sizeof(fd));
	return fd;
}

static void *in_child(void *arg)
{
	int fd = take(s[1]);
	char b;

	(void)arg;
	t_take(fd, &b, 1);
	b++;
	t_put(fd, &b, 1);
	return (void *)(intptr_t)!!(fcntl(fd, F_GETFL) & O_NONBLOCK);
}

static void body(void)
{
	int tcp[2], unix_[2], *both[2] = { tcp, unix_ };
	pid_t pid;

	t_pair(SOCK_STREAM, s);
	pid = DO(fork());
	if (!pid) {
		long flags = 0;

		for (int i = 0; i < 2; i++)
			flags += (long)t_join(t_go(in_child, NULL));
		_exit((int)flags);
	}
	t_tcp(tcp);
	t_pair(SOCK_STREAM, unix_);
	for (int i = 0; i < 2; i++) {
		char b;

		pass(s[0], both[i][0]);
		t_settle();
		t_put(both[i][1], "k", 1);
		t_take(both[i][1], &b, 1);
		printf("%c, flags %d\n", b,
		       fcntl(both[i][0], F_GETFL) & O_NONBLOCK);
	}
	t_reap(pid);
	t_close2(tcp);
	t_close2(unix_);
	t_close2(s);
}

int main(void)
{
	t_both(body);
	return t_end();
}
