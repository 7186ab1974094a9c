/* A thread that has been cancelled ends at its next cancellation point, be it
 * a call that would not wait. */
#include "t.h"
#include <sys/mman.h>

#pragma GCC diagnostic ignored "-Wdeprecated-declarations"

static pthread_barrier_t b;
static int go, file, sock[2], cleaned;

static void clean(void *arg)
{
	(void)arg;
	cleaned++;
}

static struct msghdr *one_byte(void)
{
	static char c = 'x';
	static struct iovec v = { &c, 1 };
	static struct msghdr m;

	m = (struct msghdr){ .msg_iov = &v, .msg_iovlen = 1 };
	return &m;
}

static void p_read(void)
{
	char c;

	(void)!read(file, &c, 1);
}

static void p_write(void)
{
	(void)!write(file, "x", 1);
}

static void p_pread(void)
{
	char c;

	(void)!pread(file, &c, 1, 0);
}

static void p_pwrite(void)
{
	(void)!pwrite(file, "x", 1, 0);
}

static void p_preadv(void)
{
	(void)!preadv(file, one_byte()->msg_iov, 1, 0);
}

static void p_pwritev(void)
{
	(void)!pwritev(file, one_byte()->msg_iov, 1, 0);
}

static void p_fsync(void)
{
	fsync(file);
}

static void p_fdatasync(void)
{
	fdatasync(file);
}

static void p_msync(void)
{
	static char page[4096] __attribute__((aligned(4096)));

	msync(page, sizeof(page), MS_ASYNC);
}

static void p_open(void)
{
	DO(open("/dev/null", O_RDONLY));
}

static void p_creat(void)
{
	DO(creat("/dev/null", 0600));
}

static void p_close(void)
{
	close(-1);
}

static void p_recv_nowait(void)
{
	char c;

	recv(sock[0], &c, 1, MSG_DONTWAIT);
}

static void p_select_now(void)
{
	struct timeval zero = { 0, 0 };

	select(0, NULL, NULL, NULL, &zero);
}

static void p_poll_now(void)
{
	poll(NULL, 0, 0);
}

static void p_sendmmsg(void)
{
	struct mmsghdr v = { .msg_hdr = *one_byte() };

	sendmmsg(sock[1], &v, 1, 0);
}

static void p_recvmmsg(void)
{
	struct mmsghdr v = { .msg_hdr = *one_byte() };

	recvmmsg(sock[0], &v, 1, 0, NULL);
}

static void p_sigpause(void)
{
	sigpause(SIGUSR1);
}

static const struct {
	const char *name;
	void (*fn)(void);
} points[] = {
#define P(x) { #x, p_##x }
	P(read),  P(write),   P(pread),	    P(pwrite),	P(preadv),
	P(pwritev), P(fsync), P(fdatasync), P(msync),	P(open),
	P(creat), P(close),   P(recv_nowait), P(select_now), P(poll_now),
	P(sendmmsg), P(recvmmsg), P(sigpause),
};

static void *worker(void *arg)
{
	void (*fn)(void) = *(void (*const *)(void))arg;

	pthread_cleanup_push(clean, NULL);
	pthread_barrier_wait(&b);
	while (!t_get(&go))
		sched_yield();
	fn();
	printf("went on\n");
	pthread_cleanup_pop(0);
	return NULL;
}

int main(void)
{
	FILE *f = tmpfile();

	file = fileno(f);
	DO(write(file, "abc", 3));
	t_pair(SOCK_DGRAM, sock);
	PDO(pthread_barrier_init(&b, NULL, 2));
	t_background();
	for (size_t i = 0; i < sizeof(points) / sizeof(*points); i++) {
		pthread_t th;

		cleaned = 0;
		t_set(&go, 0);
		th = t_go(worker, (void *)&points[i].fn);
		t_settle();
		pthread_barrier_wait(&b);
		PDO(pthread_cancel(th));
		t_set(&go, 1);
		printf("%s: %d, %d\n", points[i].name,
		       t_join(th) == PTHREAD_CANCELED, cleaned);
	}
	/* nothing has been sent, nor taken from the file */
	SHOW(recv(sock[0], &(char){ 0 }, 1, MSG_DONTWAIT));
	SHOW(lseek(file, 0, SEEK_CUR));
	return t_end();
}
