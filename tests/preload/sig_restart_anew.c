/* A handler with SA_RESTART puts another file under the number that the call
 * it has interrupted waits for: the call begins again, by that number. */
#include "t.h"

#include <sys/eventfd.h>
#include <sys/timerfd.h>

static pthread_t waiter;
static int at, other;

static void on(int sig)
{
	(void)sig;
	DO(dup2(other, at));
}

static void *poke(void *arg)
{
	(void)arg;
	t_settle();
	pthread_kill(waiter, SIGUSR1);
	return NULL;
}

/* Show e, which waits for `at`, at which a handler then puts `other`. */
#define REPLACED(e)                        \
	do {                               \
		pthread_t th;              \
		waiter = pthread_self();   \
		th = t_go(poke, NULL);     \
		SHOW(e);                   \
		t_join(th);                \
		DO(close(at));             \
		DO(close(other));          \
	} while (0)

static void counters(void)
{
	uint64_t n = 0;

	at = DO(timerfd_create(CLOCK_MONOTONIC, 0));
	other = DO(eventfd(7, 0));
	REPLACED(read(at, &n, sizeof(n)));
	CHECK(n == 7);
	at = DO(eventfd(0, 0));
	other = DO(eventfd(9, 0));
	REPLACED(read(at, &n, sizeof(n)));
	CHECK(n == 9);
}

static void pipes(void)
{
	static char big[65536];
	struct iovec v[2] = { { big, 100 }, { big, 50 } };
	int full[2], empty[2];
	char c[200];

	for (int i = 0; i < 2; i++) {
		DO(pipe(full));
		DO(pipe(empty));
		CHECK(fcntl(full[1], F_SETPIPE_SZ, 65536) == 65536);
		CHECK(write(full[1], big, sizeof(big)) == sizeof(big));
		at = full[1];
		other = empty[1];
		if (i)
			REPLACED(writev(at, v, 2));
		else
			REPLACED(write(at, big, 150));
		SHOW(read(empty[0], c, sizeof(c)));
		SHOW(read(empty[0], c, sizeof(c)));
		DO(close(full[0]));
		DO(close(empty[0]));
	}
}

static void messages(void)
{
	struct iovec one = { "x", 1 }, in = { (char[8]){ 0 }, 8 };
	struct mmsghdr m[2] = { { .msg_hdr = { .msg_iov = &in,
					       .msg_iovlen = 1 } } };
	int a[2], b[2];

	t_pair(SOCK_DGRAM, a);
	t_pair(SOCK_DGRAM, b);
	CHECK(write(b[1], one.iov_base, 1) == 1);
	at = a[0];
	other = b[0];
	REPLACED(recvmmsg(at, m, 1, 0, NULL));
	DO(close(a[1]));
	DO(close(b[1]));
}

/* A message of two has gone: the handler ends the call. */
static void none(int sig)
{
	(void)sig;
}

static void *ender(void *arg)
{
	(void)arg;
	t_await((pthread_kill(t_waiter, SIGUSR2), t_get(&t_poked)));
	return NULL;
}

static void part_sent(void)
{
	struct iovec v = { "x", 1 };
	struct mmsghdr m[2] = { 0 };
	int a[2], n = 0;
	char c[8];

	t_pair(SOCK_DGRAM, a);
	while (send(a[0], "x", 1, MSG_DONTWAIT) == 1)
		n++;
	CHECK(n > 1 && errno == EAGAIN);
	SHOW(recv(a[1], c, 8, 0));
	for (int i = 0; i < 2; i++)
		m[i].msg_hdr = (struct msghdr){ .msg_iov = &v,
						.msg_iovlen = 1 };
	T_UNDER(ender, NULL, sendmmsg(a[0], m, 2, 0));
	t_close2(a);
}

static void body(void)
{
	counters();
	pipes();
	messages();
	part_sent();
}

int main(void)
{
	t_handle(SIGUSR1, on, SA_RESTART);
	t_handle(SIGUSR2, none, SA_RESTART);
	t_both(body);
	return t_end();
}
