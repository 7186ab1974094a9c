/* Files and devices: offsets move, /dev/null and /dev/zero are themselves. */
#include "t.h"

static void body(void)
{
	char b[16] = "";
	struct iovec v[2] = { { b, 2 }, { b + 2, 2 } };
	FILE *f = tmpfile();
	int fd, null = DO(open("/dev/null", O_RDWR));
	int zero = DO(open("/dev/zero", O_RDWR));

	if (!f)
		t_die("tmpfile");
	fd = fileno(f);
	SHOW(read(fd, b, 16));
	SHOW(write(fd, "hello world", 11));
	SHOW(lseek(fd, 0, SEEK_CUR));
	SHOW(read(fd, b, 16));
	SHOW(lseek(fd, 6, SEEK_SET));
	SHOW(readv(fd, v, 2));
	printf("%.4s\n", b);
	SHOW(writev(fd, v, 2));
	SHOW(lseek(fd, 0, SEEK_CUR));
	SHOW(read(null, b, 16));
	SHOW(write(null, b, 16));
	SHOW(read(zero, b, 16));
	CHECK(b[0] == 0 && b[15] == 0);
	SHOW(write(zero, b, 16));
	SHOW(fcntl(null, F_GETFL) & (O_ACCMODE | O_NONBLOCK));
	fclose(f);
	DO(close(null));
	DO(close(zero));
}

int main(void)
{
	t_both(body);
	return t_end();
}
