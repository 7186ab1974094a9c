/* pthread_cancel() of threads waiting in each of the I/O calls: cleanup
 * handlers run in order, join gives PTHREAD_CANCELED. */
#include "t.h"

static int fd[2], p[2], l;
static const char *const names[] = { "recv", "read", "recvmsg", "accept",
				     "poll", "select", "recvfrom", "readv",
				     "pipe read" };

static void clean(void *arg)
{
	printf("%s ", (char *)arg);
}

static void *worker(void *arg)
{
	char b[4];
	struct iovec v = { b, 4 };
	struct msghdr m = { .msg_iov = &v, .msg_iovlen = 1 };
	struct pollfd pfd = { fd[0], POLLIN, 0 };
	long r = 0;
	fd_set s;

	FD_ZERO(&s);
	FD_SET(fd[0], &s);
	pthread_cleanup_push(clean, (void *)"outer");
	pthread_cleanup_push(clean, (void *)"inner");
	switch ((int)(intptr_t)arg) {
	case 0:
		r = recv(fd[0], b, 4, 0);
		break;
	case 1:
		r = read(fd[0], b, 4);
		break;
	case 2:
		r = recvmsg(fd[0], &m, 0);
		break;
	case 3:
		r = accept(l, NULL, NULL);
		break;
	case 4:
		r = poll(&pfd, 1, -1);
		break;
	case 5:
		r = select(fd[0] + 1, &s, NULL, NULL, NULL);
		break;
	case 6:
		r = recvfrom(fd[0], b, 4, 0, NULL, NULL);
		break;
	case 7:
		r = readv(fd[0], &v, 1);
		break;
	default:
		r = read(p[0], b, 4);
	}
	printf("returned %ld\n", r);
	pthread_cleanup_pop(0);
	pthread_cleanup_pop(0);
	return NULL;
}

int main(void)
{
	struct sockaddr_in sa;
	char b[4];

	l = t_listen(&sa);
	t_pair(SOCK_STREAM, fd);
	DO(pipe(p));
	for (int i = 0; i < 9; i++) {
		pthread_t th = t_go(worker, (void *)(intptr_t)i);
		void *ret;

		t_settle();
		PDO(pthread_cancel(th));
		ret = t_join(th);
		printf("%s: %s\n", names[i],
		       ret == PTHREAD_CANCELED ? "canceled" : "returned");
	}
	/* The cancelled waits took nothing. */
	t_put(fd[1], "x", 1);
	SHOW(recv(fd[0], b, 4, MSG_DONTWAIT));
	t_put(p[1], "x", 1);
	SHOW(read(p[0], b, 4));
	return t_end();
}
