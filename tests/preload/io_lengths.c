/* Lengths of data and of addresses that are too small, too large or not there. */
#include "t.h"

#include <sys/eventfd.h>
#include <sys/timerfd.h>

/* Where the compiler can't see it. */
static size_t unseen(size_t len)
{
	__asm__("" : "+r"(len));
	return len;
}

static void huge(size_t all)
{
	static char b[8];	/* far from where addresses end */
	size_t len = unseen(all);
	int fd[2];

	t_pair(SOCK_STREAM, fd);
	t_put(fd[1], "abc", 3);
	DO(close(fd[1]));
	SHOW(read(fd[0], b, len));
	DO(close(fd[0]));
	DO(pipe(fd));
	t_put(fd[1], "abc", 3);
	DO(close(fd[1]));
	SHOW(read(fd[0], b, len));
	DO(close(fd[0]));
}

static void too_short(void)
{
	struct itimerspec it = { .it_value = { 0, 1 } };
	int t = DO(timerfd_create(CLOCK_MONOTONIC, 0));
	int e = DO(eventfd(0, 0));
	uint64_t n;

	SHOW(read(t, &n, 4));
	SHOW(read(e, &n, 4));
	DO(timerfd_settime(t, 0, &it, NULL));
	SHOW(read(t, &n, 8));
	DO(close(t));
	DO(close(e));
}

static void addresses(void)
{
	static char b[200];
	struct sockaddr_in sa, other;
	struct sockaddr_storage from;
	int r = t_bound(SOCK_DGRAM, &sa), s = t_bound(SOCK_DGRAM, &other);
	char *gone = (char *)mmap(NULL, 4096, PROT_NONE,
				  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	memcpy(b, &sa, sizeof(sa));
	SHOW(sendto(s, "x", 1, 0, (struct sockaddr *)b, 200));
	SHOW(sendto(s, "x", 1, 0, (struct sockaddr *)b, 128));
	SHOW(sendto(s, "x", 1, 0, (struct sockaddr *)b, 0));
	SHOW(sendto(s, "x", 1, 0, (struct sockaddr *)b, -1));
	SHOW(sendto(s, b, unseen((size_t)-1), 0, (struct sockaddr *)b, 16));
	SHOW(sendto(s, "ab", 2, 0, (struct sockaddr *)b, 16));
	SHOW(recvfrom(r, b, 9, 0, (struct sockaddr *)&from,
		      (socklen_t *)gone));
	SHOW(recvfrom(r, b, 9, 0, (struct sockaddr *)&from,
		      (socklen_t *)(gone + 4092)));
	DO(munmap(gone, 4096));
	SHOW(recv(r, b, 9, MSG_DONTWAIT));
	DO(close(r));
	DO(close(s));
}

/* What a send that begins a connection gives. */
static void fastopen(void)
{
	struct sockaddr_in sa;
	int l = t_listen(&sa), s = DO(socket(AF_INET, SOCK_STREAM, 0));

	SHOW(sendto(s, "abc", 3, MSG_FASTOPEN, (struct sockaddr *)&sa,
		    sizeof(sa)));
	DO(close(s));
	DO(close(l));
}

static void body(void)
{
	huge((size_t)-1);
	huge((size_t)1 << 63);
	huge((size_t)1 << 62);
	huge((size_t)1 << 47);
	huge((size_t)1 << 31);
	too_short();
	addresses();
	fastopen();
}

int main(void)
{
	t_both(body);
	return t_end();
}
