/* A number closed behind libc's functions and used again for something else:
 * freopen(), closedir(), raw close(), mq_close() and the like. */
#include "t.h"
#include <dirent.h>
#include <sys/syscall.h>

static void put(int fd)
{
	t_put(fd, "abc", 3);
}

/* fd[0] is a number that was something else before. */
static void use(const char *what, int fd[2], int was)
{
	pthread_t th = t_after(put, fd[1]);
	char b[4] = "";

	printf("%s: same number %d\n", what, fd[0] == was);
	SHOW(read(fd[0], b, 3));
	printf("%s\n", b);
	t_join(th);
	t_close2(fd);
}

static int known(int fd[2], int flags)
{
	char c;

	t_pair(SOCK_STREAM | flags, fd);
	t_put(fd[1], "x", 1);
	t_take(fd[0], &c, 1);
	DO(close(fd[1]));
	return fd[0];
}

static void body(void)
{
	int fd[2], was, d;
	FILE *f;
	DIR *dir;

	was = known(fd, SOCK_NONBLOCK);
	DO(syscall(SYS_close, fd[0]));
	DO(syscall(SYS_pipe, fd));
	use("raw close, raw pipe", fd, was);

	was = known(fd, SOCK_NONBLOCK);
	DO(syscall(SYS_close_range, fd[0], fd[0], 0));
	DO(syscall(SYS_socketpair, AF_UNIX, SOCK_STREAM, 0, fd));
	use("raw close_range, raw socketpair", fd, was);

	was = known(fd, 0);
	f = fdopen(fd[0], "r");
	f = freopen("/dev/null", "r", f);
	d = fileno(f);
	printf("freopen: same number %d, %d\n", d == was, getc(f));
	fclose(f);
	DO(pipe(fd));
	use("fclose, pipe", fd, was);

	dir = opendir("/");
	was = dirfd(dir);
	CHECK(readdir(dir) != NULL);
	closedir(dir);
	DO(syscall(SYS_pipe2, fd, 0));
	use("closedir, raw pipe2", fd, was);

	was = known(fd, SOCK_NONBLOCK);
	d = DO(syscall(SYS_dup, 0));
	DO(syscall(SYS_dup2, d, was));
	SHOW(read(was, fd, 1));
	DO(close(d));
	DO(close(was));

	was = known(fd, 0);
	DO(close(was));
	f = tmpfile();
	d = fileno(f);
	fputs("tmp", f);
	rewind(f);
	printf("tmpfile: same number %d, %c\n", d == was, getc(f));
	fclose(f);
	t_pair(SOCK_STREAM, fd);
	use("fclose, socketpair", fd, was);
}

int main(void)
{
	t_both(body);
	return t_end();
}
