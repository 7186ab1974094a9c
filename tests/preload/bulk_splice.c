/* splice() between sockets through a pipe, tee(), vmsplice(): they wait. */
#include "t.h"

#define SIZE 400000
static int in[2], out[2];

static void *relay(void *arg)
{
	int p[2];
	long sum = 0;
	ssize_t n, m;

	(void)arg;
	DO(pipe(p));
	while ((n = splice(in[0], NULL, p[1], NULL, 30000, 0)) > 0) {
		sum += n;
		while (n > 0 &&
		       (m = splice(p[0], NULL, out[1], NULL, (size_t)n, 0)) > 0)
			n -= m;
	}
	DO(shutdown(out[1], SHUT_WR));
	t_close2(p);
	return (void *)sum;
}

static void *feed(void *arg)
{
	static unsigned char data[SIZE];

	(void)arg;
	for (size_t i = 0; i < SIZE; i++)
		data[i] = t_byte(i);
	t_put(in[1], data, SIZE);
	DO(shutdown(in[1], SHUT_WR));
	return NULL;
}

static void feed_pipe(int fd)
{
	t_put(fd, "to tee", 6);
}

static void body(void)
{
	static unsigned char b[SIZE];
	int a[2], c[2];
	struct iovec v = { b, 5 };
	pthread_t r, f;

	t_pair(SOCK_STREAM, in);
	t_tcp(out);
	r = t_go(relay, NULL);
	f = t_go(feed, NULL);
	t_take(out[0], b, SIZE);
	for (size_t i = 0; i < SIZE; i++)
		if (b[i] != t_byte(i))
			t_die("bytes");
	SHOW(read(out[0], b, 1));
	printf("%ld\n", (long)t_join(r));
	t_join(f);
	t_close2(in);
	t_close2(out);

	DO(pipe(a));
	DO(pipe(c));
	SHOW(tee(a[0], c[1], 10, SPLICE_F_NONBLOCK));
	f = t_after(feed_pipe, a[1]);
	SHOW(tee(a[0], c[1], 10, 0));
	t_join(f);
	SHOW(read(c[0], b, 10));
	SHOW(read(a[0], b, 10));
	SHOW(vmsplice(a[1], &v, 1, 0));
	SHOW(read(a[0], b, 10));
	SHOW(splice(a[0], NULL, c[1], NULL, 10, SPLICE_F_NONBLOCK));
	t_close2(a);
	t_close2(c);
}

int main(void)
{
	t_both(body);
	return t_end();
}
