/* open(), fopen(), freopen() of FIFOs wait for the other end, in threads that
 * have waited for other things before; others go on meanwhile. */
#include "t.h"

#define N 4
static char dir[] = "/tmp/ring-shim-XXXXXX";
static char path[N][64];
static int s[2];

static void put(int fd)
{
	t_put(fd, "x", 1);
}

static void wait_first(void)
{
	pthread_t th;
	int p[2];
	char c;

	t_pair(SOCK_STREAM, p);
	th = t_after(put, p[1]);
	t_take(p[0], &c, 1);
	t_join(th);
	t_close2(p);
}

static int flags_unseen(int flags)
{
	__asm__("" : "+r"(flags));
	return flags;
}

static void *opener(void *arg)
{
	int i = *(int *)arg;
	long r = -1;
	char b[8] = "";
	FILE *f;
	int fd;

	wait_first();
	switch (i) {
	case 0:
		fd = DO(open(path[i], flags_unseen(O_RDONLY)));
		r = read(fd, b, 8);
		DO(close(fd));
		break;
	case 1:
		fd = DO(openat(AT_FDCWD, path[i], flags_unseen(O_RDONLY)));
		r = read(fd, b, 8);
		DO(close(fd));
		break;
	case 2:
		f = fopen(path[i], "r");
		r = (long)fread(b, 1, 8, f);
		fclose(f);
		break;
	case 3:
		f = fopen("/dev/null", "r");
		f = freopen(path[i], "r", f);
		r = (long)fread(b, 1, 8, f);
		fclose(f);
		break;
	}
	return (void *)r;
}

static void body(void)
{
	int at[N] = { 0, 1, 2, 3 };
	pthread_t th[N], e;
	char b[4];

	t_pair(SOCK_STREAM, s);
	for (int i = 0; i < N; i++)
		th[i] = t_go(opener, &at[i]);
	e = t_go(t_echo, &s[1]);
	for (int i = 0; i < 100; i++) {
		t_put(s[0], "ping", 4);
		t_take(s[0], b, 4);
	}
	for (int i = 0; i < N; i++) {
		int fd = DO(open(path[i], O_WRONLY));

		t_put(fd, "fifo", 4);
		DO(close(fd));
		printf("%ld\n", (long)t_join(th[i]));
	}
	DO(shutdown(s[0], SHUT_WR));
	t_join(e);
	t_close2(s);
}

int main(void)
{
	if (!mkdtemp(dir))
		t_die("mkdtemp");
	for (int i = 0; i < N; i++) {
		snprintf(path[i], sizeof(path[i]), "%s/%d", dir, i);
		DO(mkfifo(path[i], 0600));
	}
	t_both(body);
	for (int i = 0; i < N; i++)
		DO(unlink(path[i]));
	DO(rmdir(dir));
	return t_end();
}
