/* recvfrom(): where a datagram came from, in as much room as there is. */
#include "t.h"

static struct sockaddr_in to;

static void feed(int fd)
{
	DO(sendto(fd, "later", 5, 0, (struct sockaddr *)&to, sizeof(to)));
}

static void body(void)
{
	struct sockaddr_in sa, from;
	int r = t_bound(SOCK_DGRAM, &to), s = t_bound(SOCK_DGRAM, &sa);
	socklen_t len = sizeof(from);
	char b[16];
	pthread_t th;

	memset(&from, 0, sizeof(from));
	feed(s);
	SHOW(recvfrom(r, b, 16, 0, (struct sockaddr *)&from, &len));
	CHECK(len == sizeof(from) && !memcmp(&from, &sa, sizeof(sa)));
	memset(&from, 0, sizeof(from));
	th = t_after(feed, s);
	SHOW(recvfrom(r, b, 16, 0, (struct sockaddr *)&from, &len));
	t_join(th);
	CHECK(len == sizeof(from) && !memcmp(&from, &sa, sizeof(sa)));
	memset(&from, 0x55, sizeof(from));
	feed(s);
	len = 4;
	SHOW(recvfrom(r, b, 16, 0, (struct sockaddr *)&from, &len));
	CHECK(from.sin_port == sa.sin_port);
	CHECK(from.sin_addr.s_addr == 0x55555555);
	printf("len %d\n", (int)len);
	th = t_after(feed, s);
	len = 0;
	SHOW(recvfrom(r, b, 16, 0, (struct sockaddr *)&from, &len));
	printf("len %d\n", (int)len);
	t_join(th);
	th = t_after(feed, s);
	SHOW(recvfrom(r, b, 16, 0, NULL, NULL));
	t_join(th);
	feed(s);
	len = (socklen_t)-1;
	SHOW(recvfrom(r, b, 16, 0, (struct sockaddr *)&from, &len));
	DO(close(r));
	DO(close(s));
}

int main(void)
{
	t_both(body);
	return t_end();
}
