/* A thread that has waited writes, in every way that does not wait, where there is
   no reader: its SIGPIPE comes, in that thread, unless it is not asked for. */
#include "t.h"
#include <sys/sendfile.h>

static _Atomic int got;
static __thread int mine;
static int out, nosignal;
static char byte[1] = "x";

static void on_pipe(int sig)
{
	(void)sig;
	got++;
	mine++;
}

static long from_file(int how)
{
	char path[] = "/tmp/ring-shim-test-XXXXXX";
	int fd = DO(mkstemp(path));
	long r;

	DO(unlink(path));
	DO(write(fd, byte, 1));
	DO(lseek(fd, 0, SEEK_SET));
	errno = 0;
	r = how ? splice(fd, NULL, out, NULL, 1, SPLICE_F_NONBLOCK)
		: sendfile(out, fd, NULL, 1);
	close(fd);
	return r;
}

static long in_stream(void)
{
	FILE *f = fdopen(dup(out), "w");
	long r;
	int e;

	fprintf(f, "to nobody\n");
	errno = 0;
	r = fflush(f);
	e = errno;
	fclose(f);
	errno = e;
	return r;
}

static long go(int how)
{
	struct iovec v = { byte, 1 };
	struct mmsghdr m = { .msg_hdr = { .msg_iov = &v, .msg_iovlen = 1 } };

	switch (how) {
	case 0:
		return write(out, byte, 1);
	case 1:
		return writev(out, &v, 1);
	case 2:
		return pwritev2(out, &v, 1, -1, RWF_NOWAIT);
	case 3:
		return in_stream();
	case 4:
		return from_file(1);
	case 5:
		return send(out, byte, 1, MSG_DONTWAIT | nosignal);
	case 6:
		return sendto(out, byte, 1, MSG_DONTWAIT | nosignal, NULL, 0);
	case 7:
		return sendmsg(out, &m.msg_hdr, MSG_DONTWAIT | nosignal);
	case 8:
		return sendmmsg(out, &m, 1, MSG_DONTWAIT | nosignal);
	default:
		return from_file(0);
	}
}
#define FOR_PIPES   5
#define FOR_SOCKETS 10

static void *writer(void *arg)
{
	int how = (int)(intptr_t)arg, e;
	long r;

	t_settle();
	errno = 0;
	r = go(how);
	e = errno;
	printf("%d: %ld EPIPE %d, signals %d, here %d\n", how, r, e == EPIPE,
	       got > 0, mine > 0);
	got = 0;
	return NULL;
}

static void all(int kind)
{
	int fd[2];

	if (kind == 0)
		DO(pipe2(fd, O_NONBLOCK));
	else
		t_pair((kind == 1 ? SOCK_STREAM : SOCK_SEQPACKET) |
			       SOCK_NONBLOCK,
		       fd);
	DO(close(fd[0]));
	out = fd[1];
	for (int how = 0; how < (kind ? FOR_SOCKETS : FOR_PIPES); how++)
		t_join(t_go(writer, (void *)(intptr_t)how));
	DO(close(fd[1]));
}

static void dies(int how)
{
	int fd[2];
	pid_t pid;

	t_pair(SOCK_STREAM | SOCK_NONBLOCK, fd);
	DO(close(fd[0]));
	out = fd[1];
	fflush(stdout);
	pid = DO(fork());
	if (!pid) {
		t_background();
		t_join(t_go(writer, (void *)(intptr_t)how));
		_exit(7);
	}
	DO(close(fd[1]));
	t_reap(pid);
}

int main(void)
{
	struct sigaction sa = { .sa_handler = on_pipe };

	t_background();
	dies(0);
	dies(5);
	DO(sigaction(SIGPIPE, &sa, NULL));
	for (int kind = 0; kind < 3; kind++) {
		printf("-- kind %d\n", kind);
		all(kind);
	}
	nosignal = MSG_NOSIGNAL;
	printf("-- not asked for\n");
	all(1);
	return t_end();
}
