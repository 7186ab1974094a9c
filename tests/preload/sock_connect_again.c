/* A connect that is interrupted: it goes on, or is made again and waits for the
 * outcome of the first. */
#include "t.h"

static struct sockaddr_in at;
static int listener, begun, interrupted;

static void on(int sig)
{
	(void)sig;
}

static void *connects(void *arg)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	int r;

	(void)arg;
	DO(fd);
	t_set(&begun, 1);
	r = connect(fd, (struct sockaddr *)&at, sizeof(at));
	while (r && errno == EINTR) {
		t_set(&interrupted, 1);
		r = connect(fd, (struct sockaddr *)&at, sizeof(at));
	}
	printf("%d %s\n", r, r ? strerror(errno) : "");
	DO(close(fd));
	return NULL;
}

/* There is no place in the backlog until these are accepted. */
static void fill(int fd[2])
{
	socklen_t len = sizeof(at);

	at.sin_family = AF_INET;
	at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	at.sin_port = 0;
	listener = socket(AF_INET, SOCK_STREAM, 0);
	DO(listener);
	DO(bind(listener, (struct sockaddr *)&at, sizeof(at)));
	DO(getsockname(listener, (struct sockaddr *)&at, &len));
	DO(listen(listener, 0));
	for (int i = 0; i < 2; i++) {
		fd[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
		DO(fd[i]);
		(void)!connect(fd[i], (struct sockaddr *)&at, sizeof(at));
	}
}

static void *takes(void *arg)
{
	int fd;

	(void)arg;
	for (int i = 0; i < 2; i++) {
		fd = accept(listener, NULL, NULL);
		DO(fd);
		DO(close(fd));
	}
	return NULL;
}

static int interrupt(pthread_t th)
{
	PDO(pthread_kill(th, SIGUSR1));
	return t_get(&interrupted);
}

static void one(const char *name, int sig, int flags)
{
	pthread_t th, taker;
	int fd[2];

	printf("-- %s\n", name);
	fill(fd);
	t_handle(SIGUSR1, on, flags);
	t_set(&begun, 0);
	th = t_go(connects, NULL);
	t_await(t_get(&begun));
	t_settle();
	if (flags)
		PDO(pthread_kill(th, sig));
	else
		t_await(interrupt(th));
	t_settle();
	taker = t_go(takes, NULL);
	t_join(th);
	PDO(pthread_cancel(taker));
	pthread_join(taker, NULL);
	DO(close(fd[0]));
	DO(close(fd[1]));
	DO(close(listener));
}

int main(void)
{
	DO(signal(SIGUSR2, SIG_IGN) == SIG_ERR ? -1 : 0);
	one("restarted", SIGUSR1, SA_RESTART);
	one("ignored", SIGUSR2, SA_RESTART);
	one("interrupted", SIGUSR1, 0);
	return t_end();
}
