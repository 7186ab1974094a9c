/* A named pipe: open() waits for the other end, read() for the data. */
#include "t.h"

static char path[64];

static void *writer(void *arg)
{
	int fd = DO(open(path, O_WRONLY));

	(void)arg;
	t_put(fd, "fifo", 4);
	t_settle();
	DO(close(fd));
	return NULL;
}

static void body(void)
{
	char b[8];
	pthread_t th;
	int fd;

	th = t_go(writer, NULL);
	fd = DO(open(path, O_RDONLY));
	SHOW(read(fd, b, 8));
	SHOW(read(fd, b, 8));
	SHOW(fcntl(fd, F_GETFL) & (O_ACCMODE | O_NONBLOCK));
	t_join(th);
	DO(close(fd));
	SHOW(open(path, O_WRONLY | O_NONBLOCK));
}

int main(void)
{
	char dir[] = "/tmp/ring-shim-XXXXXX";

	if (!mkdtemp(dir))
		t_die("mkdtemp");
	snprintf(path, sizeof(path), "%s/fifo", dir);
	DO(mkfifo(path, 0600));
	t_both(body);
	DO(unlink(path));
	DO(rmdir(dir));
	return t_end();
}
