/* pipe() and pipe2(): flags, sizes, refusals. */
#include "t.h"

static char page[65536];

static void body(void)
{
	static const int flag[] = { 0, O_NONBLOCK, O_CLOEXEC,
				    O_NONBLOCK | O_CLOEXEC };
	int fd[2];

	for (int i = 0; i < 4; i++) {
		SHOW(pipe2(fd, flag[i]));
		for (int j = 0; j < 2; j++)
			printf("%#x %d\n", DO(fcntl(fd[j], F_GETFL)),
			       DO(fcntl(fd[j], F_GETFD)));
		t_close2(fd);
	}
	SHOW(pipe2(fd, 1 << 30));
	SHOW(pipe((int *)(volatile intptr_t){ 16 }));
	SHOW(pipe(fd));
	SHOW(write(fd[1], page, sizeof(page)));
	SHOW(t_readable(fd[0]));
	SHOW(t_readable(fd[1]));
	DO(fcntl(fd[1], F_SETFL, O_NONBLOCK));
	SHOW(write(fd[1], page, 1));
	SHOW(read(fd[0], page, 4096));
	SHOW(write(fd[1], page, 65536));
	t_close2(fd);
}

int main(void)
{
	t_both(body);
	return t_end();
}
