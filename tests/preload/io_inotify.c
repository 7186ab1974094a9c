/* inotify: read() waits for an event. */
#include "t.h"
#include <sys/inotify.h>

static char dir[] = "/tmp/ring-shim-XXXXXX";

static void touch(int n)
{
	char path[64];

	snprintf(path, sizeof(path), "%s/f%d", dir, n);
	DO(close(DO(open(path, O_CREAT | O_WRONLY, 0600))));
	DO(unlink(path));
}

static void body(void)
{
	int fd = DO(inotify_init1(0)), old = DO(inotify_init());
	char b[512] __attribute__((aligned(8)));
	struct inotify_event *e = (struct inotify_event *)b;

	DO(inotify_add_watch(fd, dir, IN_CREATE));
	DO(inotify_add_watch(old, dir, IN_DELETE));
	for (int i = 0; i < 3; i++) {
		pthread_t th = t_after(touch, i);

		SHOW(read(fd, b, sizeof(b)));
		printf("%x %s\n", e->mask, e->name);
		SHOW(read(old, b, sizeof(b)));
		printf("%x %s\n", e->mask, e->name);
		t_join(th);
	}
	touch(7);
	SHOW(read(fd, b, 8));
	SHOW(write(fd, b, 8));
	DO(fcntl(fd, F_SETFL, O_NONBLOCK));
	SHOW(read(fd, b, sizeof(b)));
	SHOW(read(fd, b, sizeof(b)));
	DO(close(fd));
	DO(close(old));
}

int main(void)
{
	if (!mkdtemp(dir))
		t_die("mkdtemp");
	t_both(body);
	DO(rmdir(dir));
	return t_end();
}
