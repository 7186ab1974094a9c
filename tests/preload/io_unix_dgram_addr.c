/* Named unix datagram sockets: sendto() a name, recvfrom() gives it back. */
#include "t.h"

static struct sockaddr_un a, b;
static socklen_t alen, blen;

static void feed(int fd)
{
	DO(sendto(fd, "hello", 5, 0, (struct sockaddr *)&a, alen));
}

static void body(void)
{
	int ra = DO(socket(AF_UNIX, SOCK_DGRAM, 0));
	int rb = DO(socket(AF_UNIX, SOCK_DGRAM, 0));
	struct sockaddr_un from;
	socklen_t len = sizeof(from);
	char buf[16];
	pthread_t th;

	alen = t_unix_name(&a, "a");
	blen = t_unix_name(&b, "b");
	DO(bind(ra, (struct sockaddr *)&a, alen));
	DO(bind(rb, (struct sockaddr *)&b, blen));
	th = t_after(feed, rb);
	SHOW(recvfrom(ra, buf, 16, 0, (struct sockaddr *)&from, &len));
	CHECK(len == blen && !memcmp(&from, &b, blen));
	t_join(th);
	SHOW(sendto(ra, "back", 4, 0, (struct sockaddr *)&from, len));
	SHOW(recv(rb, buf, 16, 0));
	DO(close(ra));
	SHOW(sendto(rb, "x", 1, 0, (struct sockaddr *)&a, alen));
	DO(close(rb));
}

int main(void)
{
	t_both(body);
	return t_end();
}
