/* A signal that is ignored, by its action or by default, comes beside one whose
 * handler interrupts: the call ends with EINTR, whichever comes first. */
#include "t.h"
#include <sys/eventfd.h>

static int sv[2], full[2], empty[2], stuffed[2], event, lfd;
static pthread_t asked;
static char big[1 << 18];

/* by its action; the others by default */
#define NOT_WANTED SIGUSR2

static void on(int sig)
{
	(void)sig;
}

static void *pairs(void *arg)
{
	static const int none[] = { NOT_WANTED, SIGCHLD, SIGWINCH, SIGURG,
				    SIGCONT };
	int i = 0;

	(void)arg;
	t_await((pthread_kill(t_waiter, none[i % 5]),
		 pthread_kill(t_waiter, SIGTERM),
		 pthread_kill(t_waiter, none[i++ * 3 % 5]), t_get(&t_poked)));
	return NULL;
}

#define UNDER_PAIRS(e) T_UNDER(pairs, NULL, e)

static void all(void)
{
	struct pollfd p = { .fd = sv[0], .events = POLLIN };
	struct iovec v = { big, 9 };
	struct mmsghdr m = { .msg_hdr = { .msg_iov = &v, .msg_iovlen = 1 } };
	struct timespec ts = { 1000, 0 };
	uint64_t n;
	sem_t sem;

	DO(sem_init(&sem, 0, 0));
	UNDER_PAIRS(read(sv[0], big, 1));
	UNDER_PAIRS(recvmmsg(sv[0], &m, 1, 0, NULL));
	UNDER_PAIRS(read(empty[0], big, 1));
	UNDER_PAIRS(write(stuffed[1], big, 100));
	UNDER_PAIRS(write(stuffed[1], big, sizeof(big)));
	UNDER_PAIRS(send(full[0], big, 100, 0));
	UNDER_PAIRS(read(event, &n, sizeof(n)));
	UNDER_PAIRS(accept(lfd, NULL, NULL));
	UNDER_PAIRS(poll(&p, 1, -1));
	UNDER_PAIRS(nanosleep(&ts, NULL));
	UNDER_PAIRS(sem_wait(&sem));
	UNDER_PAIRS(pause());
	sem_destroy(&sem);
}

static void *asks(void *arg)
{
	(void)arg;
	t_settle();
	t_ask_clock(asked);
	return NULL;
}

/* Somebody asks for the clock of the thread while that is in a call. */
static void clocked(void)
{
	pthread_t asker;

	asked = pthread_self();
	asker = t_go(asks, NULL);
	UNDER_PAIRS(recv(sv[0], big, 1, 0));
	t_join(asker);
	all();
}

int main(void)
{
	struct sockaddr_in sa;

	t_handle(SIGTERM, on, 0);
	signal(NOT_WANTED, SIG_IGN);
	t_pair(SOCK_STREAM, sv);
	t_pair(SOCK_STREAM, full);
	t_fill(full[0]);
	DO(pipe(empty));
	DO(pipe(stuffed));
	t_fill(stuffed[1]);
	event = DO(eventfd(0, 0));
	lfd = t_listen(&sa);
	t_both(all);
	printf("its clock asked for\n");
	t_in_thread(clocked);
	return t_end();
}
