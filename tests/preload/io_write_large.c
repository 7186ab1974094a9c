/* A write larger than any buffer waits until all of it is gone. */
#include "t.h"

#define SIZE (3u << 20)
static unsigned char out[SIZE];
static int rd;

static void *drain(void *arg)
{
	static unsigned char in[30011];
	size_t at = 0, bad = 0;
	ssize_t n;

	(void)arg;
	while (at < SIZE && (n = read(rd, in, sizeof(in))) > 0)
		for (ssize_t i = 0; i < n; i++, at++)
			bad += in[i] != t_byte(at);
	return (void *)(at == SIZE && !bad ? "whole" : "broken");
}

static void one(int fd[2])
{
	pthread_t th;

	rd = fd[0];
	th = t_go(drain, NULL);
	SHOW(write(fd[1], out, SIZE));
	printf("%s\n", (char *)t_join(th));
}

static void body(void)
{
	t_streams(one);
}

int main(void)
{
	for (size_t i = 0; i < SIZE; i++)
		out[i] = t_byte(i);
	t_both(body);
	return t_end();
}
