/* A receive ends at the mark of urgent data; the next one goes on behind it,
 * though nothing more comes. */
#include "t.h"

#define ROUNDS 30
static int fd[2];

static void *sender(void *arg)
{
	char c;

	(void)arg;
	for (int i = 0; i < ROUNDS; i++) {
		DO(send(fd[1], "abc", 3, 0));
		DO(send(fd[1], "X", 1, MSG_OOB));
		DO(send(fd[1], "def", 3, 0));
		t_take(fd[1], &c, 1);
	}
	return NULL;
}

static void body(void)
{
	int right = 0;
	pthread_t th;

	t_tcp(fd);
	th = t_go(sender, NULL);
	for (int i = 0; i < ROUNDS; i++) {
		char b[16] = "";
		size_t n = 0;

		while (n < 6) {
			ssize_t r = recv(fd[0], b + n, sizeof(b) - n - 1, 0);

			if (r <= 0)
				t_die("recv");
			n += (size_t)r;
		}
		right += !strcmp(b, "abcdef");
		t_put(fd[0], "k", 1);
	}
	t_join(th);
	printf("%d right\n", right);
	t_close2(fd);
}

int main(void)
{
	t_both(body);
	return t_end();
}
