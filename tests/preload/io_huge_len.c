/* Room for more than fits 32 bits, or a call's 0x7ffff000 bytes. */
#include "t.h"

static char *room;
static int ready[2], fd[2];

static void *sender(void *arg)
{
	int n = *(int *)arg;

	for (int i = 0; i < n; i++) {
		char c;

		t_take(ready[0], &c, 1);
		t_settle();
		t_put(fd[1], "abcdefghijk", 11);
	}
	return NULL;
}

static void body(void)
{
	static const size_t len[] = { 0x7fffffff, 0x80000000, 0xffffffff,
				      1UL << 32, (1UL << 32) + 5 };
	int n = 3 * (int)(sizeof(len) / sizeof(*len));
	pthread_t th;

	DO(pipe(ready));
	t_pair(SOCK_STREAM, fd);
	th = t_go(sender, &n);
	for (size_t i = 0; i < sizeof(len) / sizeof(*len); i++) {
		struct iovec v = { room, len[i] };
		struct msghdr m = { .msg_iov = &v, .msg_iovlen = 1 };

		t_put(ready[1], "x", 1);
		SHOW(read(fd[0], room, len[i]));
		t_put(ready[1], "x", 1);
		SHOW(recv(fd[0], room, len[i], 0));
		t_put(ready[1], "x", 1);
		SHOW(recvmsg(fd[0], &m, 0));
	}
	t_join(th);
	t_close2(fd);
	t_close2(ready);
}

int main(void)
{
	room = mmap(NULL, 5UL << 30, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (room == MAP_FAILED)
		t_die("mmap");
	t_both(body);
	return t_end();
}
