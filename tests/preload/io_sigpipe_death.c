/* Writing with no reader kills the process by default, from any thread. */
#include "t.h"

static int s;
static char b[4] = "abc";

static void *writer(void *arg)
{
	struct iovec v = { b, 3 };
	struct msghdr m = { .msg_iov = &v, .msg_iovlen = 1 };
	long r;

	switch ((int)(intptr_t)arg) {
	case 0:
		r = write(s, b, 3);
		break;
	case 1:
		r = writev(s, &v, 1);
		break;
	case 2:
		r = send(s, b, 3, 0);
		break;
	case 3:
		r = sendto(s, b, 3, 0, NULL, 0);
		break;
	default:
		r = sendmsg(s, &m, 0);
	}
	printf("survived with %ld\n", r);
	return NULL;
}

static void all(int how)
{
	int fd[2];

	for (int kind = how < 2 ? 0 : 1; kind < 2; kind++)
		for (int thread = 0; thread < 2; thread++) {
			pid_t pid;

			if (kind)
				t_pair(SOCK_STREAM, fd);
			else
				DO(pipe(fd));
			DO(close(fd[0]));
			pid = DO(fork());
			if (!pid) {
				t_background();
				s = fd[1];
				if (thread)
					t_join(t_go(writer,
						    (void *)(intptr_t)how));
				else
					writer((void *)(intptr_t)how);
				_exit(7);
			}
			DO(close(fd[1]));
			t_reap(pid);
		}
}

int main(void)
{
	t_background();
	for (int how = 0; how < 5; how++)
		all(how);
	return t_end();
}
