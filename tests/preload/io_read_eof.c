/* End of file: at once, while read() waits, and every time after it. */
#include "t.h"

static void shut(int fd)
{
	DO(close(fd));
}

static void one(int fd[2])
{
	char b[8];
	pthread_t th;

	t_put(fd[1], "ab", 2);
	th = t_after(shut, fd[1]);
	fd[1] = -1;
	SHOW(read(fd[0], b, sizeof(b)));
	SHOW(read(fd[0], b, sizeof(b)));
	SHOW(read(fd[0], b, sizeof(b)));
	t_join(th);
	SHOW(read(fd[0], b, sizeof(b)));
}

static void body(void)
{
	t_streams(one);
}

int main(void)
{
	t_both(body);
	return t_end();
}
