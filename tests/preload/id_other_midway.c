/* A thread is given a place while a call of its own has moved a part and waits
 * for the rest: the call ends whole. */
#include "t.h"
#include <sys/uio.h>

#define SIZE (3u << 20)
static unsigned char out[SIZE], in[SIZE];
static int fd[2], up;

static void *writes(void *arg)
{
	(void)arg;
	t_set(&up, 1);
	SHOW(write(fd[1], out, SIZE));
	return NULL;
}

static void *writes_vectors(void *arg)
{
	struct iovec v[2] = { { out, SIZE / 3 }, { out + SIZE / 3, SIZE - SIZE / 3 } };

	(void)arg;
	t_set(&up, 1);
	SHOW(writev(fd[1], v, 2));
	return NULL;
}

static void *sends(void *arg)
{
	(void)arg;
	t_set(&up, 1);
	SHOW(send(fd[1], out, SIZE, 0));
	return NULL;
}

static void *receives(void *arg)
{
	(void)arg;
	t_set(&up, 1);
	SHOW(recv(fd[0], in, SIZE, MSG_WAITALL));
	return NULL;
}

static void bind_it(pthread_t th)
{
	cpu_set_t set;

	DO(sched_getaffinity(0, sizeof(set), &set));
	PDO(pthread_setaffinity_np(th, sizeof(set), &set));
}

static void writer(void *(*fn)(void *))
{
	pthread_t th = t_go(fn, NULL);

	t_await(t_get(&up));
	t_settle();
	bind_it(th);
	t_settle();
	t_take(fd[0], in, SIZE);
	t_join(th);
	CHECK(!memcmp(in, out, SIZE));
	t_set(&up, 0);
	memset(in, 0, SIZE);
}

static void reader(void)
{
	pthread_t th = t_go(receives, NULL);

	t_await(t_get(&up));
	t_put(fd[1], out, 1000);
	t_settle();
	bind_it(th);
	t_settle();
	t_put(fd[1], out + 1000, SIZE - 1000);
	t_join(th);
	CHECK(!memcmp(in, out, SIZE));
	t_set(&up, 0);
	memset(in, 0, SIZE);
}

static void streams(int pair[2])
{
	fd[0] = pair[0];
	fd[1] = pair[1];
	writer(writes);
	writer(writes_vectors);
	if (send(fd[1], out, 0, 0) < 0 && errno == ENOTSOCK)
		return;
	writer(sends);
	reader();
}

int main(void)
{
	for (size_t i = 0; i < SIZE; i++)
		out[i] = t_byte(i);
	t_streams(streams);
	return t_end();
}
