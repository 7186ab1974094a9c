/* recvmsg(): vector, name and flags, ready and waiting. */
#include "t.h"

static struct sockaddr_in to;

static void feed(int fd)
{
	DO(sendto(fd, "abcdefg", 7, 0, (struct sockaddr *)&to, sizeof(to)));
}

static void take(int r, struct sockaddr_in *sa)
{
	char x[3], y[16];
	struct iovec v[2] = { { x, 3 }, { y, 16 } };
	struct sockaddr_in from;
	struct msghdr m = { .msg_name = &from, .msg_namelen = sizeof(from),
			    .msg_iov = v, .msg_iovlen = 2, .msg_flags = 77 };

	SHOW(recvmsg(r, &m, 0));
	printf("%.3s %.4s flags %d\n", x, y, m.msg_flags);
	CHECK(m.msg_namelen == sizeof(from) && !memcmp(&from, sa, sizeof(*sa)));
}

static void body(void)
{
	struct sockaddr_in sa;
	int r = t_bound(SOCK_DGRAM, &to), s = t_bound(SOCK_DGRAM, &sa);
	pthread_t th;

	feed(s);
	take(r, &sa);
	th = t_after(feed, s);
	take(r, &sa);
	t_join(th);
	DO(close(r));
	DO(close(s));
}

int main(void)
{
	t_both(body);
	return t_end();
}
