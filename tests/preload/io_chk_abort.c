/* A length larger than the buffer: fortified, the program aborts, though only
 * a few bytes would come; otherwise it reads them. */
#include "t.h"

static void read_one(int fd, volatile size_t n)
{
	char b[8];

	SHOW(read(fd, b, n));
}

static void recv_one(int fd, volatile size_t n)
{
	char b[8];

	SHOW(recv(fd, b, n, 0));
}

static void recvfrom_one(int fd, volatile size_t n)
{
	char b[8];

	SHOW(recvfrom(fd, b, n, 0, NULL, NULL));
}

static void poll_one(int fd, volatile size_t n)
{
	struct {
		struct pollfd p[1], spare;
	} s = { { { fd, POLLIN, 0 } }, { -1, 0, 0 } };

	/* The second is out of the array, though not out of the object. */
	SHOW(poll(s.p, n / 8, 0));
}

static void (*const all[])(int, size_t) = { read_one, recv_one, recvfrom_one,
					    poll_one };

int main(void)
{
	int fd[2];

	t_background();
	/* The message on standard error is not the transcript's. */
	for (int i = 0; i < 4; i++)
		for (size_t n = 8; n <= 16; n += 8) {
			pid_t pid;

			t_pair(SOCK_STREAM, fd);
			t_put(fd[1], "abc", 3);
			pid = DO(fork());
			if (!pid) {
				struct rlimit none = { 0, 0 };

				setrlimit(RLIMIT_CORE, &none);
				t_background();
				all[i](fd[0], n);
				fflush(stdout);
				_exit(0);
			}
			t_reap(pid);
			t_close2(fd);
		}
	return t_end();
}
