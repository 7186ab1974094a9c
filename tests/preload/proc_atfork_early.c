/* pthread_atfork() before any library's constructor has run: the handler in the
 * child may wait for a time, for data, and for a lock. */
#include "t.h"

static void child(void)
{
	pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
	pthread_cond_t c = PTHREAD_COND_INITIALIZER;
	struct timeval tv = { .tv_usec = 1000 };
	struct timespec ts = t_in(CLOCK_REALTIME, 1);
	int fd[2];
	char b[2];

	usleep(1000);
	t_pair(SOCK_STREAM, fd);
	DO(setsockopt(fd[0], SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv)));
	SHOW(recv(fd[0], b, 1, 0));
	t_close2(fd);
	PDO(pthread_mutex_lock(&m));
	PSHOW(pthread_cond_timedwait(&c, &m, &ts));
	PDO(pthread_mutex_unlock(&m));
	fflush(stdout);
}

static void early(void)
{
	pthread_atfork(NULL, NULL, child);
}

static void (*const first)(void)
	__attribute__((section(".preinit_array"), used)) = early;

static void body(void)
{
	pid_t pid = DO(fork());

	if (!pid)
		_exit(3);
	t_reap(pid);
}

int main(void)
{
	t_both(body);
	return t_end();
}
