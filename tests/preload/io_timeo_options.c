/* SO_RCVTIMEO and SO_SNDTIMEO read back as set; bad values are refused. */
#include "t.h"

static void back(int fd, int opt)
{
	struct timeval tv;
	socklen_t len = sizeof(tv);

	SHOW(getsockopt(fd, SOL_SOCKET, opt, &tv, &len));
	printf("%ld.%06ld\n", (long)tv.tv_sec, (long)tv.tv_usec);
}

static void one(int fd[2])
{
	static const int opts[] = { SO_RCVTIMEO, SO_SNDTIMEO };
	struct timeval tv;
	char b[4];

	for (int i = 0; i < 2; i++) {
		back(fd[0], opts[i]);
		tv = (struct timeval){ 2, 500000 };
		SHOW(setsockopt(fd[0], SOL_SOCKET, opts[i], &tv, sizeof(tv)));
		back(fd[0], opts[i]);
		SHOW(setsockopt(fd[0], SOL_SOCKET, opts[i], &tv, 3));
		tv.tv_usec = 1000000;
		SHOW(setsockopt(fd[0], SOL_SOCKET, opts[i], &tv, sizeof(tv)));
		back(fd[0], opts[i]);
		tv = (struct timeval){ -1, 0 };
		SHOW(setsockopt(fd[0], SOL_SOCKET, opts[i], &tv, sizeof(tv)));
		back(fd[0], opts[i]);
	}
	/* A negative time is no wait at all. */
	SHOW(recv(fd[0], b, 4, 0));
}

static void body(void)
{
	t_sockets(one);
}

int main(void)
{
	t_both(body);
	return t_end();
}
