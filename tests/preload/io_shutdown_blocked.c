/* shutdown() ends calls that wait, also where no event tells of it. */
#include "t.h"

static char buf[1 << 20];

static void shut_rd(int fd)
{
	DO(shutdown(fd, SHUT_RD));
}

static void shut_wr(int fd)
{
	DO(shutdown(fd, SHUT_WR));
}

/* Of a datagram socket that is not connected it fails, but does what it should. */
static void shut_both(int fd)
{
	shutdown(fd, SHUT_RDWR);
}

static void receives(void)
{
	struct sockaddr_in sa;
	socklen_t len = sizeof(sa);
	struct iovec v = { buf, 3 };
	struct mmsghdr m[3];
	pthread_t th;
	int s, fd[2];

	s = t_bound(SOCK_DGRAM, &sa);
	th = t_after(shut_both, s);
	SHOW(recv(s, buf, 9, 0));
	t_join(th);
	SHOW(recv(s, buf, 9, 0));
	DO(close(s));

	s = t_bound(SOCK_DGRAM, &sa);
	th = t_after(shut_both, s);
	SHOW(recvfrom(s, buf, 9, 0, (struct sockaddr *)&sa, &len));
	t_join(th);
	DO(close(s));

	memset(m, 0, sizeof(m));
	for (int i = 0; i < 3; i++) {
		m[i].msg_hdr.msg_iov = &v;
		m[i].msg_hdr.msg_iovlen = 1;
	}
	s = t_bound(SOCK_DGRAM, &sa);
	th = t_after(shut_both, s);
	SHOW(recvmmsg(s, m, 3, 0, NULL));
	t_join(th);
	DO(close(s));

	t_pair(SOCK_DGRAM, fd);
	th = t_after(shut_rd, fd[0]);
	SHOW(recv(fd[0], buf, 9, 0));
	t_join(th);
	SHOW(read(fd[0], buf, 9));
	t_close2(fd);
}

/* All is sent that goes; the rest never does. */
static void sends(void (*end)(int), int which)
{
	pthread_t th;
	int fd[2];

	t_pair(SOCK_STREAM, fd);
	th = t_after(end, fd[which]);
	CHECK(send(fd[0], buf, sizeof(buf), 0) < (ssize_t)sizeof(buf));
	t_join(th);
	SHOW(send(fd[0], buf, 1, 0));
	t_close2(fd);
	t_pair(SOCK_STREAM, fd);
	while (send(fd[0], buf, 1, MSG_DONTWAIT) > 0)
		;
	th = t_after(end, fd[which]);
	SHOW(send(fd[0], buf, 1, 0));
	t_join(th);
	t_close2(fd);
}

/* As soon as there is a connection under way. */
static void shut_begun(int fd)
{
	t_await(shutdown(fd, SHUT_RDWR) == 0);
}

/* A listener whose queue is full answers nobody. */
static void connects(void)
{
	struct sockaddr_in sa;
	int l = t_bound(SOCK_STREAM, &sa), c[3], n = 0;
	pthread_t th;

	DO(listen(l, 0));
	for (int i = 0; i < 3; i++) {
		c[i] = DO(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0));
		connect(c[i], (struct sockaddr *)&sa, sizeof(sa));
	}
	n = DO(socket(AF_INET, SOCK_STREAM, 0));
	th = t_after(shut_begun, n);
	SHOW(connect(n, (struct sockaddr *)&sa, sizeof(sa)));
	t_join(th);
	for (int i = 0; i < 3; i++)
		DO(close(c[i]));
	DO(close(n));
	DO(close(l));
}

static void body(void)
{
	receives();
	sends(shut_wr, 0);
	sends(shut_rd, 1);
}

static void take(int fd)
{
	t_msleep(200);
	DO(recv(fd, buf, 9, 0));
}

/* Who waits for room in another's queue needs no CPU for it. */
static void full_queue(void)
{
	struct timespec from, to;
	struct sockaddr_un un;
	int r = DO(socket(AF_UNIX, SOCK_DGRAM, 0));
	int s = DO(socket(AF_UNIX, SOCK_DGRAM, 0));
	socklen_t len = t_unix_name(&un, "full");
	const struct sockaddr *to_r = (struct sockaddr *)&un;
	pthread_t th;

	DO(bind(r, to_r, len));
	while (sendto(s, "ab", 2, MSG_DONTWAIT, to_r, len) == 2)
		;
	DO(clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &from));
	th = t_after(take, r);
	DO(sendto(s, "abc", 3, 0, to_r, len));
	t_join(th);
	DO(clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &to));
	CHECK((double)(to.tv_sec - from.tv_sec) +
		      (double)(to.tv_nsec - from.tv_nsec) / 1e9 < 0.12);
	DO(close(r));
	DO(close(s));
}

int main(void)
{
	signal(SIGPIPE, SIG_IGN);
	t_both(body);
	t_in_thread(full_queue);
	t_in_thread(connects);
	return t_end();
}
