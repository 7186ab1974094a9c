/* Control data that comes while recvmsg() waits: descriptors beside credentials, and
   with the second piece of what must be whole. */
#include "t.h"

static int fd[2], ready[2];

static void send_fd(const char *text)
{
	char c[CMSG_SPACE(sizeof(int))] = { 0 };
	struct iovec v = { (void *)text, strlen(text) };
	struct msghdr m = { .msg_iov = &v, .msg_iovlen = 1 };
	struct cmsghdr *h;

	m.msg_control = c;
	m.msg_controllen = sizeof(c);
	h = CMSG_FIRSTHDR(&m);
	h->cmsg_level = SOL_SOCKET;
	h->cmsg_type = SCM_RIGHTS;
	h->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(h), &fd[1], sizeof(int));
	DO(sendmsg(fd[1], &m, 0));
}

static void *sender(void *arg)
{
	const char *first = (const char *)arg;

	t_settle();
	t_put(ready[1], "x", 1);
	t_settle();
	if (first) {
		t_put(fd[1], first, strlen(first));
		t_settle();
	}
	send_fd("def");
	return NULL;
}

static void show(const struct msghdr *m)
{
	printf("flags %x, control %zu:", m->msg_flags, m->msg_controllen);
	for (struct cmsghdr *h = CMSG_FIRSTHDR(m); h;
	     h = CMSG_NXTHDR((struct msghdr *)m, h)) {
		int got;

		printf(" type %d, %zu", h->cmsg_type, h->cmsg_len);
		if (h->cmsg_type != SCM_RIGHTS)
			continue;
		memcpy(&got, CMSG_DATA(h), sizeof(got));
		DO(close(got));
	}
	printf("\n");
}

static void receive(size_t len, int flags, const char *first)
{
	pthread_t th = t_go(sender, (void *)first);
	char b[32], c[256];
	struct iovec v = { b, len };
	struct msghdr m = { .msg_iov = &v, .msg_iovlen = 1 };

	m.msg_control = c;
	m.msg_controllen = sizeof(c);
	t_take(ready[0], b, 1);
	SHOW(recvmsg(fd[0], &m, flags));
	show(&m);
	t_join(th);
}

static void body(void)
{
	int yes = 1;

	DO(pipe(ready));
	t_pair(SOCK_STREAM, fd);
	receive(9, 0, NULL);
	receive(6, MSG_WAITALL, "abc");
	DO(setsockopt(fd[0], SOL_SOCKET, SO_PASSCRED, &yes, sizeof(yes)));
	receive(9, 0, NULL);
	receive(3, MSG_WAITALL, NULL);
	t_close2(fd);
	t_close2(ready);
}

int main(void)
{
	t_both(body);
	return t_end();
}
