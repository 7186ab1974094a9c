/* Small writes to a FIFO, and to a pipe that splice() or tee() has had, go into
 * what is left of the last page while nobody reads; and reads of nothing do not
 * wait for anything. */
#include "t.h"

#define SMALL 600
#define FITS  6 /* into a page */

static char buf[SMALL * FITS + 8];

static void nothing(int fd)
{
	char b;
	struct iovec v[2] = { { &b, 0 }, { &b, 0 } };

	t_settle();
	SHOW(read(fd, &b, 0));
	SHOW(readv(fd, v, 2));
	SHOW(readv(fd, v, 1));
	SHOW(preadv2(fd, v, 2, -1, 0));
}

static void fills(int fd[2])
{
	struct iovec v[2] = { { buf, 100 }, { buf + 100, SMALL - 100 } };
	int n = 0;

	CHECK(fcntl(fd[1], F_SETPIPE_SZ, 4096) == 4096);
	nothing(fd[0]);
	for (int i = 0; i < FITS; i++) {
		t_settle();
		if (i & 1)
			n += write(fd[1], buf, SMALL) == SMALL;
		else
			n += writev(fd[1], v, 2) == SMALL;
	}
	printf("written: %d\n", n);
	t_take(fd[0], buf, SMALL * FITS);
	nothing(fd[0]);
}

static void body(void)
{
	char name[] = "/tmp/ring-shim-test-XXXXXX", path[64];
	int fd[2], to[2], both;

	printf("-- fifo\n");
	if (!mkdtemp(name))
		t_die("mkdtemp");
	snprintf(path, sizeof(path), "%s/fifo", name);
	DO(mkfifo(path, 0600));
	both = DO(open(path, O_RDWR));
	fd[0] = DO(open(path, O_RDONLY));
	fd[1] = DO(open(path, O_WRONLY));
	DO(unlink(path));
	DO(rmdir(name));
	fills(fd);
	t_close2(fd);
	DO(close(both));
	printf("-- spliced\n");
	DO(pipe(fd));
	DO(pipe(to));
	t_put(fd[1], "ab", 2);
	SHOW(tee(fd[0], to[1], 2, 0));
	SHOW(splice(fd[0], NULL, to[1], NULL, 2, 0));
	fills(fd);
	t_take(to[0], buf, 4);
	printf("%.4s\n", buf);
	fills(to);
	t_close2(fd);
	t_close2(to);
	printf("-- spliced before\n");
	DO(pipe(fd));
	DO(pipe(to));
	t_put(fd[1], "ab", 2);
	nothing(fd[0]);
	nothing(to[0]);
	t_settle();
	SHOW(splice(fd[0], NULL, to[1], NULL, 2, 0));
	t_take(to[0], buf, 2);
	fills(fd);
	fills(to);
	t_close2(fd);
	t_close2(to);
}

int main(void)
{
	t_both(body);
	return t_end();
}
