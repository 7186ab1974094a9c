/* close() of a descriptor whose waiter has been woken and has yet to run: it
 * gets what woke it, though the number has a new owner by then. */
#include "t.h"

#define ROUNDS 200
static int fd[2];

static void *reader(void *arg)
{
	char b[8] = "";
	ssize_t n = recv(fd[0], b, 6, MSG_WAITALL);

	(void)arg;
	return (void *)(intptr_t)(n == 6 && !memcmp(b, "oldold", 6));
}

static void body(void)
{
	int right = 0, same = 0;

	for (int i = 0; i < ROUNDS; i++) {
		pthread_t th;
		int next[2];

		t_pair(SOCK_STREAM, fd);
		t_put(fd[1], "old", 3);
		th = t_go(reader, NULL);
		/* it is in the middle of its recv() once it has taken these */
		t_await(t_readable(fd[0]) == 0);
		t_put(fd[1], "old", 3);
		if (i % 2)
			sched_yield();
		DO(close(fd[0]));
		t_pair(SOCK_STREAM, next);
		same += next[0] == fd[0];
		t_put(next[1], "newnew", 6);
		right += (int)(intptr_t)t_join(th);
		t_close2(next);
		DO(close(fd[1]));
	}
	printf("%d right, same number %d\n", right, same);
}

int main(void)
{
	t_both(body);
	return t_end();
}
