/* A lock on a FIFO, which ends when its process closes any descriptor of that:
 * it outlasts calls that wait there. */
#include "t.h"

static char path[64], big[200000];
static int fd[2], other, up, clocked;
static int ask[2], say[2];

/* What another process sees of it. */
static void asks(void)
{
	char c;

	DO(close(ask[1]));
	while (read(ask[0], &c, 1) == 1) {
		struct flock fl = { .l_type = F_WRLCK };
		int own = DO(open(path, O_RDWR));

		DO(fcntl(own, F_GETLK, &fl));
		DO(close(own));
		c = fl.l_type == F_UNLCK    ? 'u'
		    : fl.l_pid == getppid() ? 'h'
					    : '?';
		t_put(say[1], &c, 1);
	}
	_exit(0);
}

static void held(const char *when)
{
	char c;

	t_put(ask[1], "?", 1);
	t_take(say[0], &c, 1);
	printf("%s: %s\n", when,
	       c == 'h'	  ? "held"
	       : c == 'u' ? "not held"
			  : "another's");
}

static void *reads(void *arg)
{
	t_set(&up, 1);
	return (void *)(intptr_t)read(fd[0], arg, 5);
}

static void *readvs(void *arg)
{
	struct iovec v[2] = { { arg, 2 }, { (char *)arg + 2, 3 } };

	t_set(&up, 1);
	return (void *)(intptr_t)readv(fd[0], v, 2);
}

static void *writes(void *arg)
{
	t_set(&up, 1);
	return (void *)(intptr_t)write(fd[1], arg, 100);
}

static void *writes_much(void *arg)
{
	t_set(&up, 1);
	return (void *)(intptr_t)write(fd[1], arg, sizeof(big));
}

static void *writevs(void *arg)
{
	struct iovec v[2] = { { arg, 20000 }, { arg, 180000 } };

	t_set(&up, 1);
	return (void *)(intptr_t)writev(fd[1], v, 2);
}

static long filled;

static void drain(long more)
{
	for (filled += more; filled;)
		filled -= DO(read(fd[0], big, 4096));
}

/* Each call is the first on its descriptor. */
static void one(const char *name, void *(*call)(void *), int reading, long n)
{
	struct flock fl = { .l_type = F_WRLCK };
	pthread_t th;

	fd[0] = DO(open(path, O_RDWR));
	fd[1] = DO(open(path, O_RDWR));
	other = DO(open(path, O_RDWR | O_NONBLOCK));
	DO(fcntl(fd[1], F_SETLK, &fl));
	if (!reading)
		filled = (long)t_fill(other);
	t_set(&up, 0);
	th = t_go(call, big);
	t_await(t_get(&up));
	t_settle();
	if (clocked)
		t_ask_clock(th);
	held("while it waits");
	if (reading)
		t_put(other, "bytes", 5);
	else
		drain(n);
	printf("%s: %s\n", name,
	       (long)(intptr_t)t_join(th) == n ? "all" : "NOT ALL");
	held("then");
	DO(close(other));
	held("after a close");
	t_close2(fd);
}

static void all(void)
{
	one("read", reads, 1, 5);
	one("readv", readvs, 1, 5);
	one("write", writes, 0, 100);
	one("much", writes_much, 0, sizeof(big));
	one("writev", writevs, 0, sizeof(big));
}

int main(void)
{
	char dir[] = "/tmp/ring-shim-XXXXXX";
	pid_t asker;

	if (!mkdtemp(dir))
		t_die("mkdtemp");
	snprintf(path, sizeof(path), "%s/fifo", dir);
	DO(mkfifo(path, 0600));
	DO(pipe(ask));
	DO(pipe(say));
	asker = DO(fork());
	if (!asker)
		asks();
	t_background();
	all();
	clocked = 1;
	printf("-- their clocks asked for\n");
	all();
	DO(close(ask[1]));
	t_reap(asker);
	DO(unlink(path));
	DO(rmdir(dir));
	return t_end();
}
