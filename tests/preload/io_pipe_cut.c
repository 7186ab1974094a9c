/* The last reader goes while a write to a full pipe waits: SIGPIPE, in the thread
   that writes, also where something had been moved before. */
#include "t.h"

#define FULL 65536
#define LEN  (2 * FULL + 5000)

static char block[LEN];
static _Atomic int got;
static __thread int mine;
static int waiting[2];

static void on_pipe(int sig)
{
	(void)sig;
	got++;
	mine++;
}

static int fill_of(int fd)
{
	int n;

	DO(ioctl(fd, FIONREAD, &n));
	return n;
}

static void read_all(int fd, size_t n)
{
	while (n)
		n -= (size_t)DO(read(fd, block, n));
}

static void *reader(void *arg)
{
	int parts = (int)(intptr_t)arg;

	for (int i = 0; i < parts; i++) {
		t_await(fill_of(waiting[0]) == FULL);
		read_all(waiting[0], FULL);
	}
	t_await(fill_of(waiting[0]) == FULL);
	t_settle();
	close(waiting[0]);
	return NULL;
}

static void cut(int parts)
{
	pthread_t th;
	ssize_t r;

	DO(pipe(waiting));
	got = 0;
	mine = 0;
	th = t_go(reader, (void *)(intptr_t)parts);
	errno = 0;
	r = write(waiting[1], block, LEN);
	printf("%d: %zd %s, signals %d, here %d\n", parts, r,
	       errno ? strerrorname_np(errno) : "-", got, mine);
	t_join(th);
	close(waiting[1]);
}

static void body(void)
{
	for (int i = 0; i < 3; i++)
		for (int parts = 0; parts < 2; parts++)
			cut(parts);
}

int main(void)
{
	struct sigaction sa = { .sa_handler = on_pipe };

	DO(sigaction(SIGPIPE, &sa, NULL));
	t_both(body);
	return t_end();
}
