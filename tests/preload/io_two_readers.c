/* Four threads wait on one descriptor; each byte goes to exactly one. */
#include "t.h"

#define READERS 4
#define BYTES 400
static int fd[2], got[256];

static void *reader(void *arg)
{
	unsigned char c;
	long n = 0;

	(void)arg;
	while (read(fd[0], &c, 1) == 1) {
		t_inc(&got[c]);
		n++;
	}
	return (void *)n;
}

static void one(int s[2])
{
	pthread_t th[READERS];
	long sum = 0;
	int bad = 0;

	memset(got, 0, sizeof(got));
	fd[0] = s[0];
	for (int i = 0; i < READERS; i++)
		th[i] = t_go(reader, NULL);
	for (int i = 0; i < BYTES; i++) {
		unsigned char c = (unsigned char)(i % 200);

		t_put(s[1], &c, 1);
		if (i % 50 == 0)
			t_settle();
	}
	DO(close(s[1]));
	s[1] = -1;
	for (int i = 0; i < READERS; i++)
		sum += (long)t_join(th[i]);
	for (int i = 0; i < 200; i++)
		bad += got[i] != 2;
	printf("%ld bytes\n", sum);
	CHECK(bad == 0);
}

int main(void)
{
	t_streams(one);
	return t_end();
}
