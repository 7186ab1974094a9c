/* A handler with SA_RESTART: reads, accepts and sends go on afterwards. */
#include "t.h"

static int hits;
static pthread_t waiter;
static struct sockaddr_in sa;

static void on(int sig)
{
	(void)sig;
	t_inc(&hits);
}

static void poke(void)
{
	int before = t_get(&hits);

	for (int i = 1; i <= 3; i++) {
		PDO(pthread_kill(waiter, SIGUSR1));
		t_await(t_get(&hits) >= before + i);
	}
}

static void feed(int fd)
{
	poke();
	t_put(fd, "hello", 5);
}

static void visit(int unused)
{
	(void)unused;
	poke();
	DO(close(t_connect(&sa)));
}

static void post(int p)
{
	(void)p;
	poke();
}

static void one(int fd[2])
{
	char b[8];
	struct iovec v = { b, 8 };
	pthread_t th;

	waiter = pthread_self();
	th = t_after(feed, fd[1]);
	SHOW(read(fd[0], b, 8));
	t_join(th);
	th = t_after(feed, fd[1]);
	SHOW(readv(fd[0], &v, 1));
	t_join(th);
}

static void two(int fd[2])
{
	char b[8];
	struct iovec v = { b, 8 };
	struct msghdr m = { .msg_iov = &v, .msg_iovlen = 1 };
	pthread_t th;

	th = t_after(feed, fd[1]);
	SHOW(recv(fd[0], b, 8, 0));
	t_join(th);
	th = t_after(feed, fd[1]);
	SHOW(recvmsg(fd[0], &m, 0));
	t_join(th);
	th = t_after(feed, fd[1]);
	SHOW(recv(fd[0], b, 5, MSG_WAITALL));
	t_join(th);
}

static void body(void)
{
	int l = t_listen(&sa), a;
	pthread_t th;

	t_streams(one);
	t_sockets(two);
	th = t_after(visit, 0);
	/* which number it gets depends on the other thread's socket() */
	a = accept(l, NULL, NULL);
	SHOW(a >= 0);
	t_join(th);
	DO(close(a));
	DO(close(l));
	th = t_after(post, 0);
	PSHOW(pthread_join(th, NULL));
}

int main(void)
{
	t_handle(SIGUSR1, on, SA_RESTART);
	t_both(body);
	return t_end();
}
