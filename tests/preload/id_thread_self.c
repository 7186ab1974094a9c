/* /proc/thread-self is the calling thread's, by whatever function it is looked
 * at, also after a wait. */
#include "t.h"

static int own_stat(const char *line)
{
	return atoi(line) == gettid();
}

static int own_link(const char *name)
{
	const char *last = strrchr(name, '/');

	return last && atoi(last + 1) == gettid();
}

static int by_open(void)
{
	char b[32] = "";
	int fd = DO(open("/proc/thread-self/stat", O_RDONLY));

	DO(read(fd, b, sizeof(b) - 1));
	DO(close(fd));
	return own_stat(b);
}

static int by_openat(void)
{
	char b[32] = "";
	int dir = DO(open("/proc", O_RDONLY | O_DIRECTORY));
	int fd = DO(openat(dir, "/proc/thread-self/stat", O_RDONLY));

	DO(read(fd, b, sizeof(b) - 1));
	DO(close(fd));
	DO(close(dir));
	return own_stat(b);
}

static int by_fopen(void)
{
	char b[32] = "";
	FILE *f = fopen("/proc/thread-self/stat", "r");
	int ok;

	ok = f && fgets(b, sizeof(b), f) && own_stat(b);
	if (f)
		fclose(f);
	return ok;
}

static int by_readlink(void)
{
	char b[64] = "";

	DO(readlink("/proc/thread-self", b, sizeof(b) - 1));
	return own_link(b);
}

static int by_realpath(void)
{
	char b[PATH_MAX] = "";

	return realpath("/proc/thread-self", b) && own_link(b);
}

static int by_stat(void)
{
	char b[64];
	struct stat x, y;

	DO(stat("/proc/thread-self", &x));
	snprintf(b, sizeof(b), "/proc/self/task/%d", gettid());
	DO(stat(b, &y));
	return x.st_ino == y.st_ino;
}

static int by_opendir(void)
{
	char b[64];
	struct stat x, y;
	DIR *d = opendir("/proc/thread-self");

	if (!d)
		return 0;
	DO(fstat(dirfd(d), &x));
	closedir(d);
	snprintf(b, sizeof(b), "/proc/self/task/%d", gettid());
	DO(stat(b, &y));
	return x.st_ino == y.st_ino;
}

static int by_path(void)
{
	char link[64], b[64] = "";
	int fd = DO(open("/proc/thread-self", O_PATH | O_DIRECTORY));

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	DO(readlink(link, b, sizeof(b) - 1));
	DO(close(fd));
	return own_link(b);
}

static int by_name(void)
{
	char b[32] = "";
	int fd = DO(open("/proc/thread-self/comm", O_WRONLY));

	t_put(fd, "mine", 4);
	DO(close(fd));
	PDO(pthread_getname_np(pthread_self(), b, sizeof(b)));
	return !strcmp(b, "mine");
}

static sem_t sem;

static void post(int unused)
{
	(void)unused;
	DO(sem_post(&sem));
}

static void one(const char *what, int (*fn)(void))
{
	pthread_t th = t_after(post, 0);

	DO(sem_wait(&sem));
	printf("%s: %s\n", what, fn() ? "own" : "another's");
	t_join(th);
}

#define ONE(fn) one(#fn, fn)

/* Only the thread itself may write here, as far as it gets: errno, at once and
   after a wait, by a descriptor that it has opened in its first calls. */
static void *writes(void *arg)
{
	int fd = open("/proc/thread-self/attr/current", O_WRONLY);
	pthread_t th = arg ? t_after(post, 0) : 0;

	if (arg) {
		DO(sem_wait(&sem));
		t_settle();
	}
	errno = 0;
	if (write(fd, "x", 1) < 0 && fd < 0)
		errno = 0;
	arg = (void *)(long)errno;
	if (th)
		t_join(th);
	if (fd >= 0)
		DO(close(fd));
	return arg;
}

/* In a thread that has been none before: its stack is of another size. */
static void *written(void *arg)
{
	static size_t size = 1 << 20;
	pthread_attr_t attr;
	pthread_t th;

	PDO(pthread_attr_init(&attr));
	PDO(pthread_attr_setstacksize(&attr, size += 65536));
	PDO(pthread_create(&th, &attr, writes, arg));
	PDO(pthread_attr_destroy(&attr));
	return t_join(th);
}

static int by_attr(void)
{
	void *at_once = written(NULL);
	int own = 1;

	for (int i = 0; i < 5; i++)
		own &= written(&sem) == at_once;
	return own;
}

static void body(void)
{
	ONE(by_open);
	ONE(by_openat);
	ONE(by_fopen);
	ONE(by_readlink);
	ONE(by_realpath);
	ONE(by_stat);
	ONE(by_opendir);
	ONE(by_path);
	ONE(by_name);
	ONE(by_attr);
}

int main(void)
{
	DO(sem_init(&sem, 0, 0));
	t_both(body);
	return t_end();
}
