/* stdio on a descriptor that the program made nonblocking: EAGAIN shows. */
#include "t.h"

static void body(void)
{
	int fd[2];
	FILE *f;

	DO(pipe2(fd, O_NONBLOCK));
	f = fdopen(fd[0], "r");
	errno = 0;
	SHOW(getc(f));
	printf("%s error %d eof %d\n", strerrorname_np(errno), !!ferror(f),
	       !!feof(f));
	clearerr(f);
	t_put(fd[1], "x", 1);
	SHOW(getc(f));
	fclose(f);
	DO(close(fd[1]));
}

int main(void)
{
	t_both(body);
	return t_end();
}
