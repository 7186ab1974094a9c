/*
 * The number of threads rises and falls, across the number below which the
 * shim leaves threads alone, while all of them talk over sockets: threads
 * that were blocked as one thing go on as the other. Nothing is lost.
 */
#include "t.h"

#include <stdbool.h>

#define MANY 12

static int pair[MANY][2];

static void *echo(void *arg)
{
	int fd = *(int *)arg;
	char buf[64];
	ssize_t n;

	while ((n = read(fd, buf, sizeof(buf))) > 0)
		if (write(fd, buf, (size_t)n) != n)
			t_die("write");
	return NULL;
}

static bool turn(int i, unsigned k)
{
	unsigned char c = (unsigned char)k, back;

	return write(pair[i][1], &c, 1) == 1 &&
	       read(pair[i][1], &back, 1) == 1 && back == c;
}

/* n threads at once, each of which has its turn in every round. */
static void talk(int n, int rounds)
{
	pthread_t th[MANY];
	int good = 0;

	for (int i = 0; i < n; i++) {
		if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair[i]))
			t_die("socketpair");
		pthread_create(&th[i], NULL, echo, &pair[i][0]);
	}
	for (int k = 0; k < rounds; k++)
		for (int i = 0; i < n; i++)
			good += turn(i, (unsigned)k);
	for (int i = 0; i < n; i++)
		close(pair[i][1]);
	for (int i = 0; i < n; i++) {
		pthread_join(th[i], NULL);
		close(pair[i][0]);
	}
	printf("%d threads: %d of %d\n", n, good, n * rounds);
}

/* For longer than the second after which few threads count as few. */
static void talk_a_while(void)
{
	time_t from = time(NULL);
	pthread_t th;
	unsigned k = 0;
	bool good = true;

	socketpair(AF_UNIX, SOCK_STREAM, 0, pair[0]);
	pthread_create(&th, NULL, echo, &pair[0][0]);
	while (time(NULL) - from < 3)
		good &= turn(0, k++);
	close(pair[0][1]);
	pthread_join(th, NULL);
	close(pair[0][0]);
	printf("two threads for a while: %s\n", good ? "good" : "lost");
}

int main(int argc, char **argv)
{
	(void)argc;
	if (!getenv("THREAD_FEW")) {
		setenv("THREAD_FEW", "1", 1);
		setenv("RING_SHIM_MIN_THREADS", "4", 1);
		execv("/proc/self/exe", argv);
		t_die("execv");
	}
	talk(1, 200);
	talk(MANY, 200);
	talk_a_while();
	talk(2, 200);
	talk(3, 200);
	talk(MANY, 200);
	talk(1, 200);
	return t_end();
}
