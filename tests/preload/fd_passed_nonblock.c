/* A passed descriptor shares its O_NONBLOCK with the sender's. */
#include "t.h"

static void pass(int via, int fd)
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
	memcpy(CMSG_DATA(c), &fd, sizeof(int));
	DO(sendmsg(via, &m, 0));
}

static int get(int via)
{
	char b[1];
	struct iovec v = { b, 1 };
	union {
		char buf[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} u;
	struct msghdr m = { .msg_iov = &v, .msg_iovlen = 1,
			    .msg_control = u.buf,
			    .msg_controllen = sizeof(u.buf) };
	int fd;

	DO(recvmsg(via, &m, 0));
	memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&m)), sizeof(int));
	return fd;
}

static void body(void)
{
	int via[2], fd[2], got;
	char b[4];

	t_pair(SOCK_STREAM, via);
	t_pair(SOCK_STREAM, fd);
	DO(fcntl(fd[0], F_SETFL, O_NONBLOCK));
	pass(via[1], fd[0]);
	got = get(via[0]);
	SHOW(!!(fcntl(got, F_GETFL) & O_NONBLOCK));
	SHOW(recv(got, b, 4, 0));
	DO(fcntl(got, F_SETFL, 0));
	SHOW(fcntl(fd[0], F_GETFL) & O_NONBLOCK);
	DO(fcntl(fd[0], F_SETFL, O_NONBLOCK));
	SHOW(recv(got, b, 4, 0));
	DO(close(got));
	t_close2(fd);
	t_close2(via);
}

int main(void)
{
	t_both(body);
	return t_end();
}
