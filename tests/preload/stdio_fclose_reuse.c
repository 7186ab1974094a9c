/* A number closed inside libc (fclose, pclose) and used again at once. */
#include "t.h"

static void feed(int fd)
{
	t_put(fd, "x", 1);
}

static void body(void)
{
	for (int i = 0; i < 5; i++) {
		int fd[2], was;
		char b[4];
		pthread_t th;
		FILE *f;

		DO(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fd));
		was = fd[0];
		SHOW(recv(fd[0], b, 4, 0));
		f = fdopen(fd[0], "r");
		fclose(f);
		DO(close(fd[1]));
		t_pair(SOCK_STREAM, fd);
		CHECK(fd[0] == was);
		th = t_after(feed, fd[1]);
		SHOW(recv(fd[0], b, 4, 0));
		t_join(th);
		f = fdopen(fd[0], "r");
		fclose(f);
		DO(close(fd[1]));
		DO(pipe(fd));
		CHECK(fd[0] == was);
		SHOW(recv(fd[0], b, 4, 0));
		th = t_after(feed, fd[1]);
		SHOW(read(fd[0], b, 4));
		t_join(th);
		t_close2(fd);
	}
}

int main(void)
{
	t_both(body);
	return t_end();
}
