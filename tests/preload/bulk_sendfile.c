/* sendfile() to a socket waits until all has gone; offsets, ends, SIGPIPE. */
#include "t.h"
#include <sys/sendfile.h>

#define SIZE (3u << 20)
static int file, pipes;

static void on_pipe(int sig)
{
	(void)sig;
	t_inc(&pipes);
}

static void *take(void *arg)
{
	static __thread unsigned char b[50000];
	int fd = *(int *)arg;
	size_t at = 0;
	ssize_t n;

	while ((n = read(fd, b, sizeof(b))) > 0) {
		for (ssize_t i = 0; i < n; i++)
			if (b[i] != t_byte(at + (size_t)i))
				return (void *)-1L;
		at += (size_t)n;
	}
	return (void *)at;
}

static void one(int fd[2])
{
	pthread_t th = t_go(take, &fd[0]);
	off_t at = 0;

	SHOW(sendfile(fd[1], file, &at, SIZE / 2));
	printf("at %ld\n", (long)at);
	DO(lseek(file, at, SEEK_SET));
	SHOW(sendfile(fd[1], file, NULL, SIZE));
	SHOW(sendfile(fd[1], file, NULL, SIZE));
	DO(close(fd[1]));
	fd[1] = -1;
	printf("%ld received\n", (long)t_join(th));
}

static void gone(int fd[2])
{
	off_t at = 0;

	DO(close(fd[0]));
	fd[0] = -1;
	t_await((errno = 0, at = 0, sendfile(fd[1], file, &at, 100000)) < 0 &&
		errno == EPIPE);
	t_set(&pipes, 0);
	at = 0;
	SHOW(sendfile(fd[1], file, &at, 100));
	printf("%d signals\n", t_get(&pipes));
}

static void body(void)
{
	off_t at = 0;

	t_sockets(one);
	t_sockets(gone);
	SHOW(sendfile(-1, file, &at, 10));
	SHOW(sendfile(file, -1, &at, 10));
}

int main(void)
{
	static unsigned char data[SIZE];

	for (size_t i = 0; i < SIZE; i++)
		data[i] = t_byte(i);
	file = DO(memfd_create("file", 0));
	t_put(file, data, SIZE);
	t_handle(SIGPIPE, on_pipe, 0);
	t_both(body);
	return t_end();
}
