/* writev() and sendmsg() of megabytes return the full count, in order. */
#include "t.h"

#define PART 400000u
#define PARTS 5u
static unsigned char out[PART * PARTS];
static int rd;

static void *drain(void *arg)
{
	static unsigned char in[50021];
	size_t at = 0, bad = 0;
	ssize_t n;

	(void)arg;
	while (at < sizeof(out) && (n = read(rd, in, sizeof(in))) > 0)
		for (ssize_t i = 0; i < n; i++, at++)
			bad += in[i] != t_byte(at);
	return (void *)(at == sizeof(out) && !bad ? "whole" : "broken");
}

static struct iovec v[PARTS];

static void setup(int fd[2])
{
	rd = fd[0];
	for (size_t i = 0; i < PARTS; i++)
		v[i] = (struct iovec){ out + i * PART, PART };
}

static void vec(int fd[2])
{
	pthread_t th;

	setup(fd);
	th = t_go(drain, NULL);
	SHOW(writev(fd[1], v, PARTS));
	printf("%s\n", (char *)t_join(th));
}

static void msg(int fd[2])
{
	struct msghdr m = { .msg_iov = v, .msg_iovlen = PARTS };
	pthread_t th;

	setup(fd);
	th = t_go(drain, NULL);
	SHOW(sendmsg(fd[1], &m, 0));
	printf("%s\n", (char *)t_join(th));
	th = t_go(drain, NULL);
	SHOW(send(fd[1], out, sizeof(out), 0));
	printf("%s\n", (char *)t_join(th));
}

static void body(void)
{
	t_streams(vec);
	t_sockets(msg);
}

int main(void)
{
	for (size_t i = 0; i < sizeof(out); i++)
		out[i] = t_byte(i);
	t_both(body);
	return t_end();
}
