/* TCP and UDP over IPv6, and IPv4 through an IPv6 socket. */
#include "t.h"

static struct sockaddr_in6 sa;
static int l;

static int bound(int type)
{
	socklen_t len = sizeof(sa);
	int fd = socket(AF_INET6, type, 0), off = 0;

	if (fd < 0)
		return -1;
	DO(setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off)));
	memset(&sa, 0, sizeof(sa));
	sa.sin6_family = AF_INET6;
	sa.sin6_addr = in6addr_any;
	if (bind(fd, (struct sockaddr *)&sa, sizeof(sa)) < 0)
		return -1;
	DO(getsockname(fd, (struct sockaddr *)&sa, &len));
	sa.sin6_addr = in6addr_loopback;
	return fd;
}

static void *client(void *arg)
{
	struct sockaddr_in v4 = { .sin_family = AF_INET };
	int fd = DO(socket(arg ? AF_INET : AF_INET6, SOCK_STREAM, 0));
	char b[8];

	v4.sin_port = sa.sin6_port;
	v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (arg)
		DO(connect(fd, (struct sockaddr *)&v4, sizeof(v4)));
	else if (connect(fd, (struct sockaddr *)&sa, sizeof(sa)) < 0)
		return (void *)-1L;
	for (int i = 0; i < 10; i++) {
		t_put(fd, "ping", 4);
		t_take(fd, b, 4);
	}
	DO(close(fd));
	return NULL;
}

static void *udp_client(void *arg)
{
	int fd = DO(socket(AF_INET6, SOCK_DGRAM, 0));
	char b[8];

	(void)arg;
	DO(sendto(fd, "hey", 3, 0, (struct sockaddr *)&sa, sizeof(sa)));
	DO(recv(fd, b, 8, 0));
	DO(close(fd));
	return NULL;
}

static void serve(void)
{
	struct sockaddr_in6 from;
	socklen_t len = sizeof(from);
	int c = DO(accept(l, (struct sockaddr *)&from, &len));
	char b[8];
	ssize_t n;

	printf("%d %u mapped %d loopback %d\n", from.sin6_family, len,
	       IN6_IS_ADDR_V4MAPPED(&from.sin6_addr),
	       IN6_IS_ADDR_LOOPBACK(&from.sin6_addr));
	while ((n = read(c, b, 8)) > 0)
		t_put(c, b, (size_t)n);
	DO(close(c));
}

static void body(void)
{
	struct sockaddr_in6 from;
	socklen_t len = sizeof(from);
	pthread_t th;
	char b[8];

	l = bound(SOCK_STREAM);
	if (l < 0) {
		printf("no IPv6\n");
		return;
	}
	DO(listen(l, 8));
	for (long v4 = 0; v4 < 2; v4++) {
		th = t_go(client, (void *)v4);
		serve();
		printf("%ld\n", (long)t_join(th));
	}
	DO(close(l));
	l = bound(SOCK_DGRAM);
	th = t_go(udp_client, NULL);
	SHOW(recvfrom(l, b, 8, 0, (struct sockaddr *)&from, &len));
	printf("%d %u loopback %d\n", from.sin6_family, len,
	       IN6_IS_ADDR_LOOPBACK(&from.sin6_addr));
	SHOW(sendto(l, "ho", 2, 0, (struct sockaddr *)&from, len));
	t_join(th);
	DO(close(l));
}

int main(void)
{
	t_both(body);
	return t_end();
}
