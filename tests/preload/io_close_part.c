/* A blocked write of which a part has gone, whose descriptor is closed or gets
 * to be another file: the call goes on to the end, where it was. */
#include "t.h"

#define ALL 200000

static char big[ALL], back[ALL];

static void *writes(void *arg)
{
	return (void *)write(*(int *)arg, big, ALL);
}

static void *writevs(void *arg)
{
	struct iovec v[2] = { { big, 150000 }, { big + 150000, ALL - 150000 } };

	return (void *)writev(*(int *)arg, v, 2);
}

static void one(void *(*fn)(void *), int again, int flags)
{
	int fd[2], other[2], number;
	ssize_t n, all = 0;
	pthread_t th;

	DO(pipe2(fd, flags));
	DO(pipe2(other, O_NONBLOCK));
	number = fd[1];
	th = t_go(fn, &number);
	t_await(t_readable(fd[0]) == 65536);
	t_settle();
	if (again)
		DO(dup2(other[1], fd[1]));
	else
		DO(close(fd[1]));
	t_settle();
	memset(back, 0, sizeof(back));
	while ((n = read(fd[0], back + all, (size_t)(ALL - all))) > 0)
		all += n;
	printf("written %ld, read %ld, %s\n", (long)t_join(th), (long)all,
	       memcmp(big, back, ALL) ? "other" : "the same");
	SHOW(read(other[0], back, 1));
	DO(close(fd[0]));
	if (again)
		DO(close(fd[1]));
	t_close2(other);
}

static void body(void)
{
	for (int again = 0; again < 2; again++) {
		one(writes, again, 0);
		one(writevs, again, 0);
		one(writes, again, O_DIRECT);
	}
}

int main(void)
{
	for (size_t i = 0; i < ALL; i++)
		big[i] = (char)t_byte(i);
	t_both(body);
	return t_end();
}
